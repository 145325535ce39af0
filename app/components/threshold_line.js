// Sizes of one channel's values as a histogram, under it what shrinking makes of each size, and the threshold as a line through
// both: dragged with mouse or finger, moved with the arrow keys, typed, or set to a multiple of what was learned. While it moves
// the numbers and the curve follow here; the network runs on release.

const filled = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);

export default function (component) {
  const { data, setTriggerValue } = component;
  const { root, focused } = renewed(component, ".line");
  if (!root) return;
  const keep = focused && focused.dataset ? focused.dataset.keep : undefined;
  root.replaceChildren();
  const { words, colors } = data;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.alt);
  root.style.setProperty("--rule", colors.threshold);
  let tau = data.tau;

  const key = node("div", { class: "key" }, root);
  for (const [kind, color, text] of [
    ["", colors.removed, words.removed], ["", colors.kept, words.kept],
    ["rule", data.changed ? colors.yours : colors.threshold, data.changed ? words.yours : words.threshold],
    ...(data.changed ? [["ghost", colors.threshold, words.ghost]] : []),
  ]) {
    const entry = node("span", {}, key);
    node("i", { class: kind }, entry).style[kind ? "borderColor" : "background"] = color;
    entry.append(text);
  }

  const plot = node("div", { class: "plot" }, root);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 1000 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  plot.append(svg);
  node("div", { class: "what", text: words.curve }, root);
  const below_it = node("div", { class: "curve" }, root);
  const graph = document.createElementNS(SVG, "svg");
  graph.setAttribute("viewBox", "0 0 1000 100");
  graph.setAttribute("preserveAspectRatio", "none");
  graph.setAttribute("aria-hidden", "true");
  below_it.append(graph);
  const unit = data.curve, last = (unit.length - 1) * data.step;
  const after = (x) => {  // the curve is that of the threshold 1: a threshold stretches both axes
    if (tau <= 0) return x;
    const u = x / tau;
    if (u >= last) return x - (last - unit[unit.length - 1]) * tau;
    const i = Math.floor(u / data.step), part = u / data.step - i;
    return tau * (unit[i] + part * (unit[Math.min(i + 1, unit.length - 1)] - unit[i]));
  };
  const bend = (points, color, extra) => {
    const line = document.createElementNS(SVG, "polyline");
    for (const [name, value] of Object.entries({
      points: points.map(([x, y]) => `${1000 * x / data.top},${100 - 96 * y / data.top}`).join(" "), fill: "none", stroke: color,
      "vector-effect": "non-scaling-stroke", ...extra,
    })) line.setAttribute(name, value);
    graph.append(line);
  };
  const tallest = Math.max(...data.counts, 1e-9), wide = 1000 / data.counts.length;
  const draw = () => {
    svg.replaceChildren();
    graph.replaceChildren();
    const sizes = Array.from({ length: 401 }, (_, i) => data.top * i / 400);
    bend([[0, 0], [data.top, data.top]], "currentColor", { "stroke-width": 1, "stroke-dasharray": "3 4", opacity: 0.5 });
    bend(sizes.map((x) => [x, after(x)]), colors.kept, { "stroke-width": 3 });
    data.counts.forEach((count, i) => {
      const cut = Math.min(1, Math.max(0, tau / data.top * data.counts.length - i));
      for (const [from, share, color] of [[0, cut, colors.removed], [cut, 1 - cut, colors.kept]]) {
        if (share <= 0 || count <= 0) continue;
        const bar = document.createElementNS(SVG, "rect");
        const tall = 96 * count / tallest;
        for (const [name, value] of Object.entries({
          x: (i + from) * wide, y: 100 - tall, width: wide * share * (from + share === 1 ? 0.94 : 1), height: tall, fill: color,
        })) bar.setAttribute(name, value);
        svg.append(bar);
      }
    });
  };
  const share = (value) => `${100 * Math.min(1, value / data.top)}%`;
  node("div", { class: "mean", title: words.mean }, plot).style.left = share(data.mean);
  if (data.changed) node("div", { class: "ghost-line", title: words.ghost }, plot).style.left = share(data.learned);
  if (data.changed) node("div", { class: "ghost-line" }, below_it).style.left = share(data.learned);
  const grips = [[plot, words.drag, "grip"], [below_it, words.bend, "bend"]].map(([place, label, kept]) => node("div", {
    class: "grip", role: "slider", tabindex: 0, "aria-orientation": "horizontal", "aria-label": label,
    "aria-valuemin": 0, "aria-valuemax": written(data.top), "data-keep": kept,
  }, place));
  const axis = node("div", { class: "axis" }, root);
  for (let i = 0; i < 5; i++) node("span", { text: written(data.top * i / 4) }, axis);
  node("div", { class: "title", text: words.axis }, root);

  const tools = node("div", { class: "tools" }, root);
  const label = node("label", { text: "τ =" }, tools);
  const input = node("input", {
    type: "number", min: 0, step: "any", inputmode: "decimal", "aria-label": words.typed, "data-keep": "input",
  }, label);
  const send = (wish) => setTriggerValue("wish", wish);
  for (const times of [0, 0.5, 1, 2, 3]) {
    const button = node("button", { type: "button", text: `× ${times}`, "data-keep": `x${times}`,
      title: filled(words.times, { times }), "aria-label": filled(words.times, { times }) }, tools);
    button.onclick = () => send({ times });
  }
  const said = node("div", { class: "said", "aria-live": "polite" }, root);

  const below = (value) => {  // share of values that are smaller, between the quantiles that were sent
    const q = data.quantiles;
    if (value >= q[q.length - 1]) return 1;
    let i = 0;
    while (q[i + 1] <= value) i++;
    const room = q[i + 1] - q[i];
    return Math.max(0, (i + (room > 0 ? (value - q[i]) / room : 0)) / (q.length - 1));
  };
  const show = (value, live) => {
    tau = value;
    draw();
    const facts = {
      tau: written(tau), times: data.learned > 0 ? written(tau / data.learned) : "–",
      alpha: data.mean > 0 ? (tau / data.mean).toFixed(2) : "–", zeroed: below(tau) === 1 ? 100 : Math.min(99, Math.round(100 * below(tau))),
    };
    said.textContent = filled(words.said, facts);
    for (const grip of grips) {
      grip.style.left = share(tau);
      grip.style.setProperty("--now", data.changed || live ? colors.yours : colors.threshold);
      grip.setAttribute("aria-valuenow", written(tau));
      grip.setAttribute("aria-valuetext", said.textContent);
    }
    input.value = written(tau);
  };
  show(data.tau, false);

  const at = (event) => {
    const place = plot.getBoundingClientRect();
    return Number((Math.min(1, Math.max(0, (event.clientX - place.left) / place.width)) * data.top).toPrecision(4));
  };
  for (const grip of grips) {
    grip.onpointerdown = (event) => {
      grip.setPointerCapture(event.pointerId);
      grip.dataset.held = "1";
      event.preventDefault();
      grip.focus();
    };
    grip.onpointermove = (event) => { if (grip.dataset.held) show(at(event), true); };
    grip.onpointerup = () => {
      if (!grip.dataset.held) return;
      delete grip.dataset.held;
      if (tau !== data.tau) send({ tau });
    };
    grip.onpointercancel = () => { delete grip.dataset.held; show(data.tau, false); };
    adjustable(grip, input, {
      top: data.top, now: () => tau, show: (wish) => show(wish, true), reset: () => show(data.tau, false),
      send: (wish) => send({ tau: wish }), back: () => send({ back: true }),
    });
  }
  if (keep) {
    const again = root.querySelector(`[data-keep="${keep}"]`);
    if (again) again.focus({ preventScroll: true });
  }
}
