// One row for every level: the sizes of the coefficients before (grey) and after shrinking, and the threshold, a line that can
// be dragged with mouse, finger or arrow keys, or typed. While it moves, "after" is shrunk here; on release Python is told.

function shrunk(size, tau, kind) {
  if (size <= tau) return 0;
  const soft = size - tau;
  if (kind === "hard") return size;
  if (kind === "garrote") return size - tau * tau / size;
  if (kind === "firm") return Math.min(size, 2 * soft);
  if (kind === "scad" && size > 2 * tau) return size > 3.7 * tau ? size : (2.7 * size - 3.7 * tau) / 1.7;
  return soft;
}

function sticks(at, sizes, top, height) {
  return at.map((x, i) => {
    const tall = Math.min(sizes[i], top) / top * height;
    return tall > 0 ? `M${x} ${height}v${-tall.toFixed(2)}` : "";
  }).join("");
}

function path(svg, color, width) {
  const made = document.createElementNS(SVG, "path");
  made.setAttribute("stroke", color);
  made.setAttribute("stroke-width", width);
  made.setAttribute("vector-effect", "non-scaling-stroke");
  made.setAttribute("fill", "none");
  svg.append(made);
  return made;
}

export default function (component) {
  const { setTriggerValue } = component;
  const data = component.data && JSON.parse(component.data);
  const { root, focused } = renewed(component, ".bands");
  if (!root) return;
  const keep = focused && focused.dataset ? focused.dataset.keep : undefined;
  root.replaceChildren();
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.alt);
  root.style.setProperty("--rule", data.colors.threshold);
  const { words, colors, levels } = data;
  const taus = levels.map((level) => level.tau);

  const key = node("div", { class: "key" }, root);
  for (const [kind, color, text] of [
    ["bar", colors.before, words.before],
    ["bar", colors.after, words.after],
    ...(words.threshold ? [["", colors.threshold, words.threshold]] : []),
    ...(levels.some((level) => level.changed) ? [["", colors.yours, words.yours], ["ghost", colors.threshold, words.ghost]] : []),
  ]) {
    const entry = node("span", {}, key);
    const chip = node("i", { class: kind }, entry);
    chip.style[kind === "bar" ? "background" : "borderColor"] = color;
    entry.append(text);
  }
  const changed = levels.filter((level) => level.changed).length;
  if (changed && !data.fixed) {
    const back = node("button", { type: "button", class: "back", "data-keep": "back", text: words.back }, key);
    back.onclick = () => setTriggerValue("thresholds", levels.map(() => null));
  }

  const sent = {}; // wishes that Python has not answered yet: the next one must not take them back
  const send = (index, value) => {
    const kept = (level, i) => (data.whole ? taus[i] : level.changed ? level.tau : null);
    sent[index] = value;
    setTriggerValue("thresholds", levels.map((level, i) => (i in sent ? sent[i] : kept(level, i))));
  };

  levels.forEach((level, index) => {
    const row = node("div", { class: data.fixed ? "row fixed" : "row" }, root);
    const mark = node("div", { class: "mark", text: level.mark, title: level.name }, row);
    const share = node("small", {}, mark);
    const plot = node("div", { class: "plot" }, row);
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 1000 100");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    plot.append(svg);
    const width = Math.max(1, Math.min(4, 500 / level.at.length));
    const before = path(svg, colors.before, width);
    const after = path(svg, colors.after, width);
    before.setAttribute("opacity", 0.55);
    before.setAttribute("d", sticks(level.at, level.before, level.top, 100));
    node("div", { class: "top", text: written(level.top) }, plot);
    if (level.changed) {
      const ghost = node("div", { class: "ghost-line", title: words.ghost }, plot);
      ghost.style.top = `${100 * (1 - Math.min(level.own, level.top) / level.top)}%`;
    }
    const grip = node("div", { class: "grip", "data-keep": `grip-${index}` }, plot);
    const box = node("div", { class: "value" }, row);
    const input = node("input", {
      type: "number", min: 0, step: "any", inputmode: "decimal", "data-keep": `input-${index}`,
      "aria-label": `${words.typed} ${level.name}`,
    }, box);
    const ruler = node("small", {}, box);
    input.disabled = data.fixed;

    const show = (tau, live) => {
      taus[index] = tau;
      const own = tau === level.tau && !live;
      const sizes = own ? level.after : level.before.map((size) => shrunk(size, tau, data.shrink));
      after.setAttribute("d", sticks(level.at, sizes, level.top, 100));
      grip.style.top = `${100 * (1 - Math.min(tau, level.top) / level.top)}%`;
      grip.style.setProperty("--line", level.changed || live ? colors.yours : colors.threshold);
      grip.setAttribute("aria-valuenow", written(tau));
      grip.setAttribute("aria-valuetext", `${written(tau)}, ${level.sigma ? (tau / level.sigma).toFixed(1) + " σ" : ""}`);
      input.value = written(tau);
      ruler.textContent = level.sigma ? `= ${(tau / level.sigma).toFixed(1)} σ` : "";
      const zero = own ? level.zeroed : 100 * sizes.filter((size) => size === 0).length / sizes.length;
      share.textContent = `${Math.round(zero)} % → 0`;
    };
    show(level.tau, false);
    if (data.fixed) return;

    grip.setAttribute("role", "slider");
    grip.setAttribute("tabindex", 0);
    grip.setAttribute("aria-orientation", "vertical");
    grip.setAttribute("aria-label", `${words.drag} ${level.name}`);
    grip.setAttribute("aria-valuemin", 0);
    grip.setAttribute("aria-valuemax", written(level.top));
    const at = (event) => {
      const place = plot.getBoundingClientRect();
      return Number((Math.min(1, Math.max(0, 1 - (event.clientY - place.top) / place.height)) * level.top).toPrecision(4));
    };
    grip.onpointerdown = (event) => {
      grip.setPointerCapture(event.pointerId);
      grip.dataset.held = "1";
      show(at(event), true);
      event.preventDefault();
      grip.focus();
    };
    grip.onpointermove = (event) => { if (grip.dataset.held) show(at(event), true); };
    grip.onpointerup = () => { if (grip.dataset.held) { delete grip.dataset.held; send(index, taus[index]); } };
    grip.onpointercancel = () => { delete grip.dataset.held; show(level.tau, false); };
    adjustable(grip, input, {
      top: level.top, now: () => taus[index], show: (wish) => show(wish, true), reset: () => show(level.tau, false),
      send: (wish) => send(index, wish), back: () => send(index, null),
    });
  });

  const axis = node("div", { class: "axis" }, root);
  node("div", {}, axis);
  const ticks = node("div", {}, axis);
  for (const text of data.ticks) node("span", { text }, ticks);
  node("div", {}, axis);
  const title = node("div", { class: "axis" }, root);
  node("div", {}, title);
  node("div", { class: "title", text: data.title }, title).style.justifyContent = "center";
  node("div", { text: words.unit }, title);
  if (keep) {
    const again = root.querySelector(`[data-keep="${keep}"]`);
    if (again) again.focus({ preventScroll: true });
  }
}
