// Two versions of a picture, one over the other, and a line between them that moves with mouse, finger and arrow keys.
// It moves here alone, Python hears nothing of it. A click that is no drag chooses the place that is enlarged.

const STEPS = { ArrowRight: 2, ArrowUp: 2, ArrowLeft: -2, ArrowDown: -2, PageUp: 10, PageDown: -10 };
const HEIGHT = "78vh"; // the whole picture and its line are seen at once
const SLACK = 5; // pixels that a click may tremble

export default function (component) {
  const { data, setTriggerValue } = component;
  const { root, focused } = renewed(component, ".wipe");
  if (!root) return;
  const held = focused && focused.classList && focused.classList.contains("grip");
  root.replaceChildren();

  const { words, first, second, lens } = data;
  const stage = node("div", { class: "stage" }, root);
  stage.style.maxWidth = `calc(${HEIGHT} * ${data.aspect})`;
  node("img", { src: second.src, alt: data.alt, draggable: "false" }, stage);
  const over = node("img", { class: "over", src: first.src, alt: "", draggable: "false" }, stage);
  stage.querySelectorAll("img").forEach((img) => { img.style.imageRendering = data.sharp ? "pixelated" : "auto"; });
  if (lens) {
    const frame = node("div", { class: "lens" }, stage);
    for (const side of ["left", "top", "width", "height"]) frame.style[side] = `${lens[side]}%`;
  }
  for (const [where, one] of [["first", first], ["second", second]]) {
    const tag = node("div", { class: `tag ${where}`, text: one.label }, stage);
    tag.style.borderColor = one.color;
  }
  const grip = node("div", {
    class: "grip", role: "slider", tabindex: 0, "aria-orientation": "horizontal", "aria-label": words.grip,
    "aria-valuemin": 0, "aria-valuemax": 100,
  }, stage);

  let place = Number(root.dataset.place || 50);
  const move = (percent) => {
    place = Math.min(100, Math.max(0, percent));
    root.dataset.place = place;
    over.style.clipPath = `inset(0 ${100 - place}% 0 0)`;
    grip.style.left = `${place}%`;
    grip.setAttribute("aria-valuenow", Math.round(place));
    grip.setAttribute("aria-valuetext", words.value.replace("%s", Math.round(place)));
    for (const [where, shown] of [["first", place > 12], ["second", place < 88]])
      stage.querySelector(`.${where}`).style.visibility = shown ? "visible" : "hidden";
  };
  move(place);
  if (held) grip.focus();

  const at = (event) => {
    const box = stage.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * 100, (event.clientY - box.top) / box.height * 100];
  };
  let start = null;
  stage.onpointerdown = (event) => {
    if (event.button) return;
    start = { x: event.clientX, y: event.clientY, drags: event.target === grip };
    stage.setPointerCapture(event.pointerId);
    if (event.target === grip) { grip.focus(); event.preventDefault(); }
  };
  stage.onpointermove = (event) => {
    if (!start) return;
    if (Math.abs(event.clientX - start.x) > SLACK) start.drags = true;
    if (start.drags) move(at(event)[0]);
  };
  stage.onpointerup = (event) => {
    const clicked = start && !start.drags && Math.abs(event.clientY - start.y) <= SLACK;
    start = null;
    if (clicked) setTriggerValue("place", at(event).map((v) => Math.min(100, Math.max(0, Math.round(v * 10) / 10))));
  };
  stage.onpointercancel = () => { start = null; };
  grip.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (step) move(place + step);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(100);
    else return;
    event.preventDefault();
  };
}
