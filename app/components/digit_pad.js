// A pad to draw one digit on. Strokes are drawn here; Python hears of them when one ends. On keys: arrows move the pen, space sets it
// down and lifts it.

const PAUSE = 600; // milliseconds after which keys have finished a stroke
const STRIDE = 1 / 21;
const APART = 1 / 40; // points nearer to each other than this are one

export default function (component) {
  const { data, setTriggerValue, parentElement } = component;
  const stage = parentElement.querySelector(".digit-pad");
  if (!stage || !data || stage.held || stage.timer) return;
  const { root, focused } = renewed(component, ".digit-pad");
  if (!root) return;
  const keep = focused && focused.dataset ? focused.dataset.keep : undefined;
  root.replaceChildren();
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.alt);
  const { words, alphabet } = data, top = alphabet.length - 1;
  let strokes = data.strokes.map((stroke) => stroke.map((point) => [...point]));
  let pen = root.dataset.pen === "down" && strokes.length > 0;
  let at = root.dataset.at ? JSON.parse(root.dataset.at) : [0.5, 0.2];

  const paper = node("div", {
    class: "paper", tabindex: 0, role: "application", "aria-label": words.pad, "aria-describedby": "digit-keys", "data-keep": "paper",
  }, root);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("aria-hidden", "true");
  paper.append(svg);
  const dot = node("div", { class: "dot" }, paper);
  const empty = node("div", { class: "empty", text: words.empty }, paper);
  const tools = node("div", { class: "tools" }, root);

  const show = () => {
    svg.replaceChildren(...strokes.map((stroke) => {
      const line = document.createElementNS(SVG, "polyline");
      const points = stroke.length > 1 ? stroke : [stroke[0], stroke[0]];
      line.setAttribute("points", points.map(([u, v]) => `${(100 * u).toFixed(1)},${(100 * v).toFixed(1)}`).join(" "));
      for (const [name, value] of Object.entries({
        fill: "none", stroke: "#FFFFFF", "stroke-width": 9, "stroke-linecap": "round", "stroke-linejoin": "round",
      })) line.setAttribute(name, value);
      return line;
    }));
    empty.hidden = strokes.length > 0;
    dot.style.left = `${100 * at[0]}%`;
    dot.style.top = `${100 * at[1]}%`;
    dot.classList.toggle("down", pen);
  };
  const send = () => {
    clearTimeout(root.timer);
    root.timer = null;
    root.dataset.pen = pen ? "down" : "up";
    root.dataset.at = JSON.stringify(at);
    setTriggerValue("strokes", strokes.map((stroke) => stroke.map(([u, v]) =>
      alphabet[Math.round(top * u)] + alphabet[Math.round(top * v)]).join("")).join("."));
  };
  const settle = () => { clearTimeout(root.timer); root.timer = setTimeout(send, PAUSE); };
  const room = () => strokes.reduce((sum, stroke) => sum + stroke.length, 0) < data.most;
  const place = (event) => {
    const box = paper.getBoundingClientRect(), inside = (x) => Math.min(1, Math.max(0, x));
    return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
  };
  const draw = (point) => {
    const stroke = strokes[strokes.length - 1], last = stroke[stroke.length - 1];
    if (room() && Math.hypot(point[0] - last[0], point[1] - last[1]) >= APART) stroke.push(point);
    at = point;
  };

  paper.onpointerdown = (event) => {
    if (event.button || !room()) return;
    paper.setPointerCapture(event.pointerId);
    paper.focus({ preventScroll: true });
    root.held = true;
    pen = false;
    at = place(event);
    strokes.push([at]);
    show();
    event.preventDefault();
  };
  paper.onpointermove = (event) => {
    if (!root.held) return;
    const path = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const one of path.length ? path : [event]) draw(place(one));
    show();
  };
  paper.onpointerup = paper.onpointercancel = () => {
    if (!root.held) return;
    root.held = false;
    send();
  };
  const go = (du, dv) => {
    const point = [Math.min(1, Math.max(0, at[0] + du)), Math.min(1, Math.max(0, at[1] + dv))];
    if (pen) { draw(point); settle(); } else at = point;
  };
  const keys = {
    ArrowLeft: () => go(-STRIDE, 0), ArrowRight: () => go(STRIDE, 0), ArrowUp: () => go(0, -STRIDE), ArrowDown: () => go(0, STRIDE),
    " ": () => { pen = !pen && room(); if (pen) { strokes.push([at]); settle(); } },
    Delete: () => { strokes = []; pen = false; settle(); }, Backspace: () => { strokes.pop(); pen = false; settle(); },
  };
  paper.onkeydown = (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
    show();
  };

  const offers = { back: () => strokes.pop(), clear: () => { strokes = []; } };
  for (const [name, act] of Object.entries(offers)) {
    const button = node("button", { type: "button", text: words[name], "data-keep": name }, tools);
    button.onclick = () => { pen = false; act(); show(); send(); };
  }
  node("span", { class: "keys", id: "digit-keys", text: words.keys }, tools);
  show();
  if (keep) {
    const again = root.querySelector(`[data-keep="${keep}"]`);
    if (again) again.focus({ preventScroll: true });
  }
}
