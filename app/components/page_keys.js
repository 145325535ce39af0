// The arrow keys turn the steps of a lesson, unless what has the focus uses them itself.

const USES_ARROWS = "input, textarea, select, [contenteditable], [role=slider], [role=radio], [role=tab], [role=menu], "
  + "[role=listbox], [role=option], [role=combobox], [role=spinbutton], [role=dialog], audio, video";

function busy(event) {
  const path = event.composedPath ? event.composedPath() : [event.target];
  return path.some((one) => one instanceof Element && one.matches(USES_ARROWS));
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const turn = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined || busy(event)) return;
    event.preventDefault();
    setTriggerValue("turn", by);
  };
  const root = parentElement.querySelector(".keys");
  if (root.turnPage) document.removeEventListener("keydown", root.turnPage);
  root.turnPage = turn;
  document.addEventListener("keydown", turn);
  root.dataset.ready = "1";
  return () => document.removeEventListener("keydown", turn);
}
