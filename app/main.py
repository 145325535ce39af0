"""The Studio: `streamlit run app/main.py`, or `drsn app`."""

from __future__ import annotations

import sys
from pathlib import Path

# Streamlit puts this file's folder first on the import path; the package `app` is one folder up.
ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402

from app import classroom, state, turns  # noqa: E402
from app.hosting import failure  # noqa: E402
from app.i18n import Words, error_text  # noqa: E402
from app.views import compare, denoise, diagnose, images, inside, learn, play, teach, train  # noqa: E402
from app.widgets import question  # noqa: E402
from app.widgets.waiting import Waiting  # noqa: E402
from drsn_core.errors import DrsnError  # noqa: E402

#: The figure belongs on the first screen: less empty space above the title than Streamlit leaves. Choices that do not
#: fit in a line go on in the next one, where Streamlit would let them be scrolled to.
STYLE = (
    "<style>.stMainBlockContainer { padding-top: 3.2rem; padding-bottom: 3rem; }"
    " [data-testid=stButtonGroup] [role=radiogroup] { flex-wrap: wrap; }"
    " .st-key-class-question { margin-top: 1.4rem; }</style>"
)

#: Everything is larger where a class looks at a wall; components of ours take their size from this number.
BIG = "<style>html { font-size: 21px; } :root { --drsn-scale: 1.3; }</style>"

#: The address of the teacher's page.
CLASS = "class"


def main() -> None:
    """One frame around every page: language, navigation, and what to say when something breaks."""
    state.start()
    words = Words(state.view().lang)
    st.set_page_config(words("app.name"), str(Path(__file__).with_name("icon.png")), layout="wide")
    st.html(STYLE + (BIG if classroom.current().big else ""))
    page = st.navigation(
        [
            st.Page(learn.page, title=words("learn.nav"), url_path="learn", icon=":material/school:"),
            st.Page(
                denoise.page, title=words("denoise.nav"), url_path="denoise", icon=":material/waves:", default=True
            ),
            st.Page(images.page, title=words("images.nav"), url_path="images", icon=":material/image:"),
            st.Page(diagnose.page, title=words("diagnose.nav"), url_path="diagnose", icon=":material/troubleshoot:"),
            st.Page(inside.page, title=words("inside.nav"), url_path="inside", icon=":material/biotech:"),
            st.Page(compare.page, title=words("compare.nav"), url_path="compare", icon=":material/leaderboard:"),
            st.Page(train.page, title=words("train.nav"), url_path="train", icon=":material/model_training:"),
            st.Page(play.page, title=words("play.nav"), url_path="play", icon=":material/sports_esports:"),
            st.Page(teach.page, title=words("class.nav"), url_path=CLASS, icon=":material/groups:"),
        ],
        position="top",
    )
    state.sit(state.SITS.get(page.url_path, "signals"))
    try:
        with turns.told(Waiting(words)):
            if page.url_path != CLASS:  # there the teacher writes the question
                question.ask(words)
            page.run()
    except DrsnError as error:
        st.error(error_text(words, error))
    except Exception as error:
        failure.in_script(error)


with turns.PAGES.turn():
    main()
