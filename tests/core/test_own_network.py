"""Networks from a stranger's two files: what fits is built as it was, everything else is refused in a sentence."""

import io
import pickle
import struct

import numpy as np
import pytest
import safetensors.torch
import tomli_w
import torch

import drsn_core as drsn
from drsn_core import bundle, hub
from drsn_core.errors import BadWeights, DrsnError, TooLarge
from drsn_core.nn import paper_network

MINIMAL = '[network]\nkind = "classifier"\nname = "drsn-cw"\nn_classes = 5\n'


@pytest.fixture(scope="module")
def classifier():
    return paper_network("drsn-cw", n_classes=5, generator=torch.Generator().manual_seed(1)).eval()


@pytest.fixture(scope="module")
def weights(classifier):
    return safetensors.torch.save(classifier.state_dict())


@pytest.mark.parametrize("name", ["drsn-cw-small", "drsn-cs", "drsn-image", "wavelet-attention-mix", "digits-drsn-cw"])
def test_what_we_ship_comes_in_by_this_door_too(name):
    folder = bundle.folder("pretrained") / name
    card, network = hub.read_network((folder / hub.CARD).read_bytes(), (folder / hub.WEIGHTS).read_bytes())
    shipped = hub.load(name)
    assert (card.name, card.network, card.classes) == (name, hub.cards()[name].network, hub.cards()[name].classes)
    assert not network.training
    for key, value in shipped.state_dict().items():
        assert torch.equal(network.state_dict()[key], value)


def test_a_card_of_four_lines_is_enough(classifier, weights):
    card, network = hub.read_network(MINIMAL.encode(), weights, "mine")
    assert (card.name, card.parameters, card.task, card.classes) == ("mine", 11_501, "", ())
    x = torch.randn(2, 512, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.equal(network(x), classifier(x))


def test_half_precision_is_taken(classifier):
    half = {k: v.half() if v.is_floating_point() else v for k, v in classifier.state_dict().items()}
    _, network = hub.read_network(MINIMAL.encode(), safetensors.torch.save(half))
    assert network.head.weight.dtype == torch.float32
    assert torch.allclose(network.head.weight, classifier.head.weight, atol=1e-3)


def torch_file(classifier):
    buffer = io.BytesIO()
    torch.save(classifier.state_dict(), buffer)
    return buffer.getvalue()


def changed(classifier, **tensors):
    return safetensors.torch.save({**classifier.state_dict(), **tensors})


BROKEN = {
    "a pickle of PyTorch": lambda c, w: (MINIMAL, torch_file(c)),
    "a plain pickle": lambda c, w: (MINIMAL, pickle.dumps({"head.weight": [1.0]})),
    "nothing": lambda c, w: (MINIMAL, b""),
    "half a file": lambda c, w: (MINIMAL, w[: len(w) // 2]),
    "a header of a terabyte": lambda c, w: (MINIMAL, struct.pack("<Q", 2**40) + w[8:]),
    "text": lambda c, w: (MINIMAL, b"these are my weights"),
    "a tensor too few": lambda c, w: (
        MINIMAL,
        safetensors.torch.save({k: v for k, v in c.state_dict().items() if k != "head.bias"}),
    ),
    "a tensor too many": lambda c, w: (MINIMAL, changed(c, extra=torch.zeros(3))),
    "another shape": lambda c, w: (MINIMAL.replace("= 5", "= 6"), w),
    "no numbers": lambda c, w: (MINIMAL, changed(c, **{"head.bias": torch.full((5,), np.nan)})),
    "whole numbers": lambda c, w: (MINIMAL, changed(c, **{"head.bias": torch.zeros(5, dtype=torch.int64)})),
    "another checksum": lambda c, w: (f'sha256 = "{"0" * 64}"\n{MINIMAL}', w),
    "no card": lambda c, w: ("", w),
    "a card without a network": lambda c, w: ('name = "x"\n', w),
    "a card that is no TOML": lambda c, w: ("{json: true}", w),
    "a card in brackets": lambda c, w: ("a = " + "[" * 5000, w),
    "a card of bytes": lambda c, w: (b"\xff\xfe\x00", w),
    "an unknown kind": lambda c, w: (MINIMAL.replace("classifier", "os.system"), w),
    "an unknown network": lambda c, w: (MINIMAL.replace("drsn-cw", "vgg"), w),
    "an unknown argument": lambda c, w: (MINIMAL + "wings = 2\n", w),
    "a table for a number": lambda c, w: (MINIMAL.replace("= 5", "= {a = 5}"), w),
    "a word for a number": lambda c, w: (MINIMAL.replace("= 5", '= "five"'), w),
    "a billion classes": lambda c, w: (MINIMAL.replace("= 5", "= 1000000000"), w),
    "a thousand units": lambda c, w: (MINIMAL + "units_per_stage = 400\n", w),
    "not a number": lambda c, w: (MINIMAL + "eps = nan\n", w),
    "wide": lambda c, w: (MINIMAL + "widths = [512, 512, 512]\n", w),
    "long lists": lambda c, w: (MINIMAL + f"widths = {[4] * 100}\n", w),
    "thirty levels": lambda c, w: ('[network]\nkind = "wavelet"\nlevels = 30\n', w),
    "another network's card": lambda c, w: ('[network]\nkind = "denoiser"\n', w),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_files_are_refused_in_one_sentence(broken, classifier, weights):
    card, data = BROKEN[broken](classifier, weights)
    with pytest.raises(DrsnError) as told:
        hub.read_network(card if isinstance(card, bytes) else card.encode(), data, "mine")
    assert "\n" not in str(told.value)
    assert str(told.value).endswith(".")


def test_a_pickle_is_never_opened(tmp_path, weights):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "opened"), "w"))

    with pytest.raises(BadWeights, match="pickle"):
        hub.read_network(MINIMAL.encode(), pickle.dumps(Trap()))
    assert not list(tmp_path.iterdir())


def test_too_many_bytes_are_not_looked_at(weights):
    with pytest.raises(TooLarge, match="card of mine"):
        hub.read_network(b"#" * (hub.CARD_BYTES + 1), weights, "mine")
    with pytest.raises(TooLarge, match="weights of mine"):
        hub.read_network(MINIMAL.encode(), b"\0" * (hub.WEIGHTS_BYTES + 1), "mine")


def test_what_a_card_says_is_taken_only_if_it_is_of_the_right_kind(weights):
    said = {"name": 7, "summary": ["x"], "classes": ["a\nb", "c", "d", "e", "f"], "limits": "none\x07", "secret": 1}
    card, _ = hub.read_network((tomli_w.dumps(said) + MINIMAL).encode(), weights, "mine")
    assert (card.name, card.summary, card.classes[0]) == ("mine", "", "a?b")
    assert isinstance(card, drsn.hub.Card)
