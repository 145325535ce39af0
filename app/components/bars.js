// Numbers as bars around a zero line: each is a slider, drawn with mouse or finger across all of them, or moved with the arrow
// keys. Python is told on release.

export default function (component) {
  const { data, setTriggerValue } = component;
  const { root, focused } = renewed(component, ".bars");
  if (!root) return;
  const held = focused && focused.dataset ? focused.dataset.index : undefined;
  root.replaceChildren();
  root.style.setProperty("--bar", data.color);
  const values = data.values.slice();
  const group = node("div", { class: "plot", role: "group", "aria-label": data.label }, root);
  const rounded = (value) => Math.min(data.high, Math.max(data.low, Number((Math.round(value / data.step) * data.step).toFixed(6))));
  const all = values.map((_, index) => {
    const bar = node("div", {
      class: "bar", role: "slider", tabindex: 0, "aria-orientation": "vertical", "aria-valuemin": data.low,
      "aria-valuemax": data.high, "aria-label": data.each.replace("%s", index + 1), "data-index": index,
    }, group);
    node("i", {}, bar);
    node("b", {}, bar);
    return bar;
  });
  const share = (value) => 100 * (data.high - value) / (data.high - data.low);
  const zero = share(0);
  const draw = (index) => {
    const value = values[index], bar = all[index], at = share(value);
    const fill = bar.querySelector("i");
    fill.style.top = `${Math.min(at, zero)}%`;
    fill.style.height = `${Math.max(Math.abs(at - zero), 0.6)}%`;
    bar.querySelector("b").textContent = written(value);
    bar.querySelector("b").style.top = value < 0 ? `calc(${at}% + 2px)` : `calc(${at}% - 20px)`;
    bar.setAttribute("aria-valuenow", value);
  };
  values.forEach((_, index) => draw(index));
  group.style.setProperty("--zero", `${zero}%`);
  let timer;
  const send = () => setTriggerValue("values", values);
  const put = (event) => {
    const box = group.getBoundingClientRect();
    const index = Math.min(values.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * values.length)));
    values[index] = rounded(data.high - (event.clientY - box.top) / box.height * (data.high - data.low));
    draw(index);
  };
  group.onpointerdown = (event) => {
    group.setPointerCapture(event.pointerId);
    group.dataset.held = "1";
    event.preventDefault();
    put(event);
  };
  group.onpointermove = (event) => { if (group.dataset.held) put(event); };
  group.onpointerup = () => { if (group.dataset.held) { delete group.dataset.held; send(); } };
  group.onpointercancel = () => { delete group.dataset.held; };
  group.onkeydown = (event) => {
    const index = all.indexOf(event.target);
    const up = { ArrowUp: 1, ArrowDown: -1, PageUp: 4, PageDown: -4 }[event.key];
    const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (index < 0 || (up === undefined && along === undefined)) return;
    event.preventDefault();
    event.stopPropagation();
    if (along !== undefined) { all[Math.min(values.length - 1, Math.max(0, index + along))].focus(); return; }
    values[index] = rounded(values[index] + up * data.step);
    draw(index);
    clearTimeout(timer);
    timer = setTimeout(send, 500);  // a held key is one change
  };
  if (held !== undefined && all[held]) all[held].focus({ preventScroll: true });
}
