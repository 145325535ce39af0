// A pad to draw a signal on: with mouse or finger, or with the arrow keys. A line is drawn here, Python hears of it when it ends.
// What Python sends back is the same curve; if that comes late, it does not disturb a line that has begun since.

const PATIENCE = 5000; // milliseconds that the answer to a line is waited for
const PAUSE = 600; // and a pause after which keys have finished a line
const RISE = 0.05;

function written64(heights, alphabet) {
  const base = alphabet.length, top = base * base - 2;
  return heights.map((h) => {
    const step = Math.round(top * (Math.min(1, Math.max(-1, h)) + 1) / 2);
    return alphabet[Math.floor(step / base)] + alphabet[step % base];
  }).join("");
}

export default function (component) {
  const { data, setTriggerValue, parentElement } = component;
  const stage = parentElement.querySelector(".pad");
  if (!stage || !data) return;
  if (stage.held || stage.timer) return;
  if (stage.waiting && data.curve !== stage.waiting && Date.now() - stage.sent < PATIENCE) return;
  stage.waiting = null;
  const { root, focused } = renewed(component, ".pad");
  if (!root) return;
  const keep = focused && focused.dataset ? focused.dataset.keep : undefined;
  root.replaceChildren();
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.alt);
  const { words } = data;
  const heights = [...data.heights], last = heights.length - 1;
  let cursor = Math.min(last, Number(root.dataset.cursor || Math.round(last / 2)));
  let pen = root.dataset.pen === "down";

  const sheet = node("div", {
    class: "sheet", role: "slider", tabindex: 0, "aria-label": words.pad, "aria-valuemin": -1, "aria-valuemax": 1,
    "aria-describedby": "pad-keys", "data-keep": "sheet",
  }, root);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 1000 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  sheet.append(svg);
  const line = document.createElementNS(SVG, "polyline");
  for (const [name, value] of Object.entries({
    fill: "none", stroke: "currentColor", "stroke-width": 2.5, "stroke-linejoin": "round", "vector-effect": "non-scaling-stroke",
  })) line.setAttribute(name, value);
  svg.append(line);
  for (const [level, text] of [[1, "1"], [0, "0"], [-1, "−1"]]) {
    node("div", { class: level ? "level" : "level zero" }, sheet).style.top = `${50 - 46 * level}%`;
    node("div", { class: "mark", text }, sheet).style.top = `${50 - 46 * level}%`;
  }
  const dot = node("div", { class: "dot" }, sheet);
  const empty = node("div", { class: "empty", text: words.empty }, sheet);

  const tools = node("div", { class: "tools" }, root);
  const send = () => {
    clearTimeout(root.timer);
    root.timer = null;
    const curve = written64(heights, data.alphabet);
    root.dataset.cursor = cursor;
    root.dataset.pen = pen ? "down" : "up";
    if (curve === data.curve && !root.waiting) return;
    root.waiting = curve;
    root.sent = Date.now();
    setTriggerValue("curve", curve);
  };
  const show = () => {
    line.setAttribute("points", heights.map((h, i) => `${(1000 * i / last).toFixed(1)},${(50 - 46 * h).toFixed(2)}`).join(" "));
    dot.style.left = `${100 * cursor / last}%`;
    dot.style.top = `${50 - 46 * heights[cursor]}%`;
    dot.classList.toggle("down", pen);
    empty.hidden = heights.some((h) => Math.abs(h) > 1e-3);
    sheet.setAttribute("aria-valuenow", heights[cursor].toFixed(2));
    sheet.setAttribute("aria-valuetext", words.value.replace("%1", cursor + 1).replace("%2", last + 1)
      .replace("%3", heights[cursor].toFixed(2)) + (pen ? ` ${words.down}` : ""));
  };

  const at = (event) => {
    const box = sheet.getBoundingClientRect();
    return {
      x: Math.min(last, Math.max(0, (event.clientX - box.left) / box.width * last)),
      y: Math.min(1, Math.max(-1, (50 - (event.clientY - box.top) / box.height * 100) / 46)),
    };
  };
  const stroke = (from, to) => { // every point between the two ends of a short straight line
    const low = Math.round(Math.min(from.x, to.x)), high = Math.round(Math.max(from.x, to.x));
    for (let i = low; i <= high; i++) {
      const part = from.x === to.x ? 1 : Math.min(1, Math.max(0, (i - from.x) / (to.x - from.x)));
      heights[i] = from.y + part * (to.y - from.y);
    }
    heights[Math.round(to.x)] = to.y;
    cursor = Math.round(to.x);
  };
  let before = null;
  sheet.onpointerdown = (event) => {
    if (event.button) return;
    sheet.setPointerCapture(event.pointerId);
    sheet.focus({ preventScroll: true });
    root.held = true;
    before = at(event);
    stroke(before, before);
    show();
    event.preventDefault();
  };
  sheet.onpointermove = (event) => {
    if (!root.held) return;
    const path = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const one of path.length ? path : [event]) {
      const now = at(one);
      stroke(before, now);
      before = now;
    }
    show();
  };
  sheet.onpointerup = sheet.onpointercancel = () => {
    if (!root.held) return;
    root.held = false;
    send();
  };

  const settle = () => { clearTimeout(root.timer); root.timer = setTimeout(send, PAUSE); };
  const raise = (by, alone) => { // a soft bump around the cursor, so that a few keys make a smooth hill
    for (let i = 0; i <= last; i++) {
      const share = alone || pen ? Number(i === cursor) : Math.exp(-0.5 * ((i - cursor) / 3) ** 2);
      heights[i] = Math.min(1, Math.max(-1, heights[i] + by * share));
    }
  };
  const go = (by) => {
    const height = heights[cursor], goal = Math.min(last, Math.max(0, cursor + by));
    while (cursor !== goal) {
      cursor += Math.sign(goal - cursor);
      if (pen) heights[cursor] = height;
    }
  };
  const keys = {
    ArrowLeft: (far) => go(far ? -8 : -1), ArrowRight: (far) => go(far ? 8 : 1),
    ArrowUp: (alone) => raise(RISE, alone), ArrowDown: (alone) => raise(-RISE, alone),
    PageUp: (alone) => raise(4 * RISE, alone), PageDown: (alone) => raise(-4 * RISE, alone),
    Home: () => go(-last), End: () => go(last),
    " ": () => { pen = !pen; }, Delete: () => heights.fill(0), Backspace: () => heights.fill(0),
  };
  sheet.onkeydown = (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(event.shiftKey);
    show();
    settle();
  };

  const offers = {
    clear: () => heights.fill(0),
    smooth: () => heights.splice(0, last + 1, ...heights.map((h, i) =>
      (heights[Math.max(0, i - 1)] + 2 * h + heights[Math.min(last, i + 1)]) / 4)),
    flip: () => heights.forEach((h, i) => { heights[i] = h ? -h : 0; }),
  };
  for (const [name, act] of Object.entries(offers)) {
    const button = node("button", { type: "button", text: words[name], "data-keep": name }, tools);
    button.onclick = () => { act(); show(); send(); };
  }
  node("span", { class: "keys", id: "pad-keys", text: words.keys }, tools);
  show();
  if (keep) {
    const again = root.querySelector(`[data-keep="${keep}"]`);
    if (again) again.focus({ preventScroll: true });
  }
}
