"""Shrinkage in networks that nobody here wrote: MONAI's, and torchvision's layout of modules."""

import copy
import inspect
import pickle

import pytest
import torch
from monai.networks.nets import BasicUNet, DenseNet, ResNet, SegResNet, SEResNet50, UNet
from torch import nn

from drsn_core.errors import BadParameter
from drsn_core.nn import RSBU, Shrinkage, insert_shrinkage
from drsn_core.nn.insert import Shrunk


def resnet(ndim=2, block="basic", **choices):
    kind = {"spatial_dims": ndim, "n_input_channels": 1, "num_classes": 3, **choices}
    return ResNet(block, [1, 1, 1, 1], [4, 4, 8, 8], **kind)


def unet(ndim=2, residual_units=2):
    return UNet(ndim, 1, 1, (4, 4, 8), (2, 2), num_res_units=residual_units)


def basic_unet(ndim=2):
    return BasicUNet(ndim, 1, 1, (4, 4, 4, 8, 8, 4))


def se_resnet(ndim=2):
    return SEResNet50(spatial_dims=ndim, in_channels=1, layers=(1, 1, 1, 1), num_classes=3)


#: Network, kind of place, input, number of layers placed.
HOSTS = {
    "resnet 1-D": (lambda: resnet(1), "residual", (3, 1, 70), 4),
    "resnet 2-D": (lambda: resnet(2), "residual", (3, 1, 40, 36), 4),
    "resnet 3-D": (lambda: resnet(3), "residual", (3, 1, 20, 18, 16), 4),
    "bottlenecks, padded shortcuts": (
        lambda: resnet(2, "bottleneck", shortcut_type="A"),
        "residual",
        (3, 1, 40, 36),
        4,
    ),
    "pre-activation 2-D": (
        lambda: SegResNet(2, 8, 1, 1, blocks_down=(1, 1), blocks_up=(1,)),
        "residual",
        (3, 1, 16, 16),
        3,
    ),
    "unet 1-D": (lambda: unet(1, 0), "unet", (3, 1, 32), 2),
    "unet 2-D": (unet, "unet", (3, 1, 16, 16), 2),
    "unet 3-D": (lambda: unet(3), "unet", (3, 1, 8, 8, 8), 2),
    "unet, every residual unit": (unet, "residual", (3, 1, 16, 16), 5),
    "basic unet 2-D": (basic_unet, "unet", (3, 1, 32, 32), 4),
    "basic unet 3-D": (lambda: basic_unet(3), "unet", (3, 1, 32, 32, 32), 4),
}


#: One of each kind, where more would show nothing new.
SOME = ("resnet 1-D", "bottlenecks, padded shortcuts", "unet 2-D", "basic unet 2-D")


def made(name):
    build, where, shape, count = HOSTS[name]
    torch.manual_seed(0)
    model = build()
    return model, where, torch.randn(shape), count


@pytest.mark.parametrize("name", HOSTS)
def test_a_foreign_network_runs_trains_and_travels_with_shrinkage_inside(name):
    model, where, x, count = made(name)
    old = copy.deepcopy(model.state_dict())
    assert insert_shrinkage(model, where) is model
    report = model.shrinkage_report
    assert len(report.placed) == count
    model.train()
    model(x).square().sum().backward()
    without = [n for n, p in model.named_parameters() if "shrinkage." in n and (p.grad is None or not p.grad.any())]
    assert without == []
    assert sum(p.numel() for n, p in model.named_parameters() if "shrinkage." in n) == report.added

    missing, unexpected = model.load_state_dict(old, strict=False)
    assert unexpected == []
    assert all(".shrinkage." in key for key in missing)
    now = model.state_dict()
    assert all(torch.equal(now[key] if key in now else now[moved(key)], value) for key, value in old.items())

    model.eval()
    y = model(x)
    assert torch.equal(copy.deepcopy(model)(x), y)
    assert torch.equal(pickle.loads(pickle.dumps(model))(x), y)
    other, _, _, _ = made(name)
    insert_shrinkage(other, where).load_state_dict(model.state_dict())
    assert torch.equal(other.eval()(x), y)


def moved(key):
    """Where a weight of a layer is once shrinkage follows the layer."""
    layer, _, weight = key.rpartition(".")
    return f"{layer}.host.{weight}"


@pytest.mark.parametrize("name", SOME)
def test_a_pretrained_network_begins_almost_as_it_was(name):
    model, where, x, _ = made(name)
    model.eval()
    before = model(x)
    insert_shrinkage(model, where, initial_alpha=1e-3)
    assert 0 < (model(x) - before).abs().max() < 0.02 * before.abs().max()
    assert all(layer.threshold(x)[1].sub(1e-3).abs().max() < 2e-4 for layer, x in layers_and_inputs(model, x))


def layers_and_inputs(model, x):
    met = []
    for part in model.modules():
        if isinstance(part, Shrinkage):
            part.register_forward_hook(lambda layer, args, _: met.append((layer, args[0])))
    model(x)
    return met


@pytest.mark.parametrize("name", SOME)
def test_a_dry_run_tells_the_same_and_touches_nothing(name):
    model, where, _, _ = made(name)
    keys, text = list(model.state_dict()), repr(model)
    dry = insert_shrinkage(model, where, dry_run=True)
    assert list(model.state_dict()) == keys
    assert repr(model) == text
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert dry.rows == insert_shrinkage(model, where).shrinkage_report.rows
    assert "would be placed" in str(dry)


@pytest.mark.parametrize("name", SOME)
def test_inserting_twice_leaves_one_layer_and_says_so(name):
    model, where, _, count = made(name)
    first = insert_shrinkage(model, where).shrinkage_report
    keys = list(model.state_dict())
    again = insert_shrinkage(model, where).shrinkage_report
    assert list(model.state_dict()) == keys
    assert [(r.place, r.action) for r in again.rows] == [(r.place, "already there") for r in first.rows]
    assert again.added == 0
    assert sum(isinstance(m, Shrinkage) for m in model.modules()) == count


# ---- squeeze and excitation


@pytest.mark.parametrize("ndim", [1, 3])
def test_se_gates_make_way(ndim):
    model = se_resnet(ndim)
    gates = sum(p.numel() for n, p in model.named_parameters() if ".se_layer." in n)
    model = insert_shrinkage(model, "se", "cs")
    report = model.shrinkage_report
    assert [row.place for row in report.rows] == [f"layer{i}.0.se_layer" for i in (1, 2, 3, 4)]
    assert {row.layer for row in report.rows} == {"ChannelSELayer"}
    assert [row.channels for row in report.rows] == [256, 512, 1024, 2048]
    assert report.removed == gates
    x = torch.randn(2, 1, *(17,) * ndim)
    model(x).square().sum().backward()
    new = [p for n, p in model.named_parameters() if ".se_layer." in n]
    assert all(p.grad is not None and p.grad.any() for p in new)
    assert {row.action for row in insert_shrinkage(model, "se").shrinkage_report.rows} == {"already there"}


def test_a_gate_in_the_style_of_torchvision_is_found_and_one_inside_a_block_is_named():
    class Gate(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.avgpool, self.fc1, self.fc2 = (
                nn.AdaptiveAvgPool2d(1),
                nn.Conv2d(channels, 2, 1),
                nn.Conv2d(2, channels, 1),
            )

        def forward(self, x):
            return torch.sigmoid(self.fc2(torch.relu(self.fc1(self.avgpool(x))))) * x

    class Inline(Gate):
        def forward(self, x):
            x = x + 1
            return super().forward(x)

    model = insert_shrinkage(nn.Sequential(nn.Conv2d(1, 4, 3), Gate(4), Inline(4)), "se")
    report = model.shrinkage_report
    assert [(row.place, row.action) for row in report.rows] == [("1", "replaced"), ("2", "skipped")]
    assert isinstance(model[1], Shrinkage)
    with pytest.raises(BadParameter, match="its gate is applied in the forward of the block"):
        insert_shrinkage(nn.Sequential(nn.Conv2d(1, 4, 3), Inline(4)), "se")


# ---- torchvision's layout: modules named as there, in-place ReLUs shared between both uses


class BasicBlock(nn.Module):
    def __init__(self, inner, outer, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.downsample = None
        if stride != 1 or inner != outer:
            self.downsample = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class VisionResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(4, 4), BasicBlock(4, 4))
        self.layer2 = nn.Sequential(BasicBlock(4, 8, 2), BasicBlock(8, 8))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


ENDS = [f"layer{i}.{j}.bn2" for i in (1, 2) for j in (0, 1)]


def test_in_torchvisions_layout_shrinkage_follows_the_last_norm_of_each_branch():
    model = insert_shrinkage(VisionResNet())
    report = model.shrinkage_report
    assert [row.place for row in report.rows] == ENDS
    assert [row.channels for row in report.rows] == [4, 4, 8, 8]
    assert {row.ndim for row in report.rows} == {2}
    block, x = model.layer1[0].eval(), torch.randn(2, 4, 9, 9)
    expected = torch.relu(block.bn2.shrinkage(block.bn2.host(block.conv2(torch.relu(block.bn1(block.conv1(x)))))) + x)
    torch.testing.assert_close(block(x), expected)


def test_new_layers_have_the_device_type_and_mode_of_their_place():
    model = VisionResNet().double().eval()
    model.layer2.train()
    model.layer1.requires_grad_(False)
    insert_shrinkage(model)
    assert {p.dtype for p in model.parameters()} == {torch.float64}
    assert [model.get_submodule(name).shrinkage.threshold.training for name in ENDS] == [False, False, True, True]
    assert all(p.requires_grad for n, p in model.named_parameters() if ".shrinkage." in n)


def test_a_network_in_dataparallel_keeps_its_prefix():
    model = nn.DataParallel(VisionResNet())
    assert [row.place for row in insert_shrinkage(model).shrinkage_report.rows] == [f"module.{name}" for name in ENDS]
    assert isinstance(model.module.layer1[0].bn2, Shrunk)
    again = insert_shrinkage(model, "layer1.*.bn2").shrinkage_report
    assert {row.action for row in again.rows} == {"already there"}


@pytest.mark.parametrize(
    ("where", "places"),
    [
        ("layer2.*.bn1", ["layer2.0.bn1", "layer2.1.bn1"]),
        (BasicBlock, ["layer1.0", "layer1.1", "layer2.0", "layer2.1"]),
        (["maxpool", "layer1"], ["maxpool", "layer1"]),
        (
            lambda name, module: isinstance(module, nn.Conv2d) and module.stride == (2, 2),
            ["conv1", "layer2.0.conv1", "layer2.0.downsample.0"],
        ),
    ],
    ids=["pattern", "class", "names", "predicate"],
)
def test_places_by_name_class_or_predicate(where, places):
    model = insert_shrinkage(VisionResNet(), where)
    report = model.shrinkage_report
    assert [row.place for row in report.placed] == places
    assert model(torch.randn(2, 3, 64, 64)).shape == (2, 5)


def test_what_is_returned_is_the_network_and_its_report_travels_with_it():
    """`insert_shrinkage(resnet50())` stands wherever a network may stand."""
    model = nn.Sequential(insert_shrinkage(VisionResNet()).double(), nn.Softmax(1)).eval()
    assert model(torch.zeros(1, 3, 64, 64, dtype=torch.double)).sum().item() == pytest.approx(1)
    report = copy.deepcopy(model)[0].shrinkage_report
    assert [row.place for row in report.placed] == ENDS
    assert str(report).splitlines()[-1] == f"4 layers placed, {report.added:,} parameters added"
    with pytest.raises(AttributeError, match="shrinkage_report"):
        VisionResNet().shrinkage_report  # noqa: B018


def test_a_layer_answers_what_the_host_was_asked_before():
    model = insert_shrinkage(VisionResNet(), "conv1")
    assert (model.conv1.out_channels, model.conv1.kernel_size) == (4, (7, 7))
    assert model.conv1.weight is model.conv1.host.weight
    with pytest.raises(AttributeError, match="no_such_thing"):
        model.conv1.no_such_thing  # noqa: B018


def test_after_a_sequential_no_key_changes():
    model = VisionResNet()
    old = set(model.state_dict())
    insert_shrinkage(model, "layer1")
    assert {key for key in set(model.state_dict()) - old if not key.startswith("layer1.shrinkage.")} == set()
    assert old <= set(model.state_dict())
    assert isinstance(model.layer1[-1], Shrinkage)


def test_a_module_that_stands_in_two_places_gets_one_layer():
    shared = nn.Conv1d(4, 4, 3, padding=1)
    model = insert_shrinkage(nn.Sequential(nn.Conv1d(1, 4, 3), shared, nn.ReLU(), shared), nn.Conv1d)
    report = model.shrinkage_report
    assert [row.place for row in report.placed] == ["0", "1"]
    assert model[1] is model[3]
    assert model[1].host is shared


def test_synchronised_batch_norm_keeps_the_layers():
    model = insert_shrinkage(VisionResNet())
    model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    assert sum(isinstance(m, Shrinkage) for m in model.modules()) == len(ENDS)


def test_own_units_have_their_shrinkage_already():
    model = nn.Sequential(nn.Conv1d(1, 4, 3), RSBU(4, 4))
    (row,) = insert_shrinkage(model).shrinkage_report.rows
    assert (row.place, row.action, row.channels, row.ndim) == ("1", "already there", 4, 1)


# ---- what residual is not


def test_sums_of_a_pyramid_and_of_attention_are_no_residual_branches():
    class Pyramid(nn.Module):
        def __init__(self):
            super().__init__()
            self.fine, self.coarse = nn.Conv2d(1, 4, 3, 1, 1), nn.Conv2d(4, 4, 3, 2, 1)
            self.up = nn.Upsample(scale_factor=2)

        def forward(self, x):
            fine = self.fine(x)
            return fine + self.up(self.coarse(fine))

    with pytest.raises(BadParameter, match="fine \\(Conv2d\\)"):
        insert_shrinkage(Pyramid())
    attention = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    with pytest.raises(BadParameter, match="found"):
        insert_shrinkage(attention, example=torch.zeros(2, 5, 8))


def test_the_concatenations_of_a_densenet_are_no_skips_of_a_unet():
    dense = DenseNet(2, 1, 3, init_features=4, growth_rate=4, block_config=(2, 2), bn_size=1)
    with pytest.raises(BadParameter, match="residual, se, unet where the network has such places"):
        insert_shrinkage(dense, "unet")


# ---- what cannot be done is said in one sentence

#: As a user calls it: types are checked only while testing.
untyped = inspect.unwrap(insert_shrinkage)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"where": "layer9.*"}, "residual, se, unet .* found conv1 \\(Conv2d\\), bn1"),
        ({"where": "se"}, "found conv1 \\(Conv2d\\)"),
        ({"where": "fc"}, "fc: features of one number of channels"),
        ({"where": 3}, "names, classes or a predicate"),
        ({"mode": "sc"}, "'cw' \\(channel-wise\\) or 'cs'"),
        ({"initial_alpha": 1.0}, "between 0 and 1"),
        ({"initial_alpha": 0.1, "estimator": "eca"}, "whose last layer has no bias"),
        ({"shrnk": "hard"}, "no option of insert_shrinkage called shrnk; choose one of shrink, estimator"),
        ({"sub_norm": "instance"}, "choose one of batch, group, layer, none"),
        ({"example": torch.zeros(2, 5, 64, 64)}, "example of another shape"),
    ],
)
def test_a_wrong_argument_is_named_with_what_is_accepted(arguments, message):
    model = VisionResNet()
    keys = list(model.state_dict())
    with pytest.raises(BadParameter, match=message):
        untyped(model, **arguments)
    assert list(model.state_dict()) == keys, "the model is as it was"


@pytest.mark.parametrize("model", ["resnet50", VisionResNet, torch.zeros(3)])
def test_what_is_no_network_is_refused(model):
    with pytest.raises(BadParameter, match=r"a torch.nn.Module, as MyNetwork\(\)"):
        untyped(model)


def test_a_compiled_network_is_refused_before_it_is_compiled_in_vain():
    with pytest.raises(BadParameter, match="before it is wrapped or compiled"):
        insert_shrinkage(torch.compile(VisionResNet(), backend="eager"))


def test_a_network_without_convolution_asks_for_an_example():
    class Dense(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = nn.Linear(16, 16)

        def forward(self, x):
            return self.mix(x)

    with pytest.raises(BadParameter, match=r"example=torch\.zeros"):
        insert_shrinkage(Dense(), "mix")
    assert insert_shrinkage(Dense(), "mix", example=torch.zeros(2, 4, 16)).shrinkage_report.rows[0].channels == 4


def test_a_network_that_looks_at_numbers_is_followed_with_an_example():
    class Moody(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = VisionResNet()

        def forward(self, x):
            return self.net(x) if x.sum() > 0 else self.net(-x)

    with pytest.raises(BadParameter, match="example"):
        insert_shrinkage(Moody())
    assert len(insert_shrinkage(Moody(), example=torch.ones(2, 3, 64, 64)).shrinkage_report.placed) == len(ENDS)
