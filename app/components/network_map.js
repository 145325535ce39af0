// The network as a row of blocks, each as deep as its step is coarse: threshold, share of zeros, energy removed. A click or
// the arrow keys choose one; Python is told.

export default function (component) {
  const { data, setTriggerValue } = component;
  const { root, focused } = renewed(component, ".map");
  if (!root) return;
  const held = focused && focused.classList && focused.classList.contains("block");
  const old = root.querySelector(".track");
  const scrolled = old ? old.scrollLeft : 0;
  root.replaceChildren();
  const { words, colors, blocks } = data;
  root.style.setProperty("--yours", colors.yours);

  const key = node("div", { class: "key" }, root);
  for (const [color, text] of [[colors.tau, words.tau], [colors.zeroed, words.zeroed], [colors.energy, words.energy]]) {
    const entry = node("span", {}, key);
    node("i", {}, entry).style.background = color;
    entry.append(text);
  }
  const track = node("div", { class: "track" }, root);
  const row = node("div", { class: "row", role: "radiogroup", "aria-label": data.alt }, track);
  row.style.gridTemplateColumns = `repeat(${blocks.length}, minmax(74px, 1fr))`;
  let timer;
  const all = blocks.map((block, index) => {
    const chosen = index === data.selected;
    const button = node("button", {
      type: "button", class: "block", role: "radio", "aria-checked": chosen, tabindex: chosen ? 0 : -1,
      "aria-label": block.label, title: block.label,
    }, row);
    button.style.marginTop = `${16 * block.depth}px`;
    const head = node("b", {}, button);
    node("span", { text: block.mark }, head);
    if (block.changed) node("em", { text: "●", title: words.changed }, head);
    node("small", { text: block.size }, button);
    for (const [name, color, share, ghost] of [
      ["tau", colors.tau, block.tau, block.learned],
      ["zeroed", colors.zeroed, block.zeroed],
      ["energy", colors.energy, block.energy],
    ]) {
      const meter = node("div", { class: "meter", "data-meter": name, "data-share": share }, button);
      const bar = node("i", {}, meter);
      bar.style.width = `${100 * Math.min(1, share)}%`;
      bar.style.background = color;
      if (ghost !== undefined && block.changed) node("u", {}, meter).style.left = `${100 * Math.min(1, ghost)}%`;
    }
    button.onclick = () => choose(index, 0);
    return button;
  });
  const choose = (index, wait) => {
    all.forEach((one, i) => {
      one.setAttribute("aria-checked", i === index);
      one.setAttribute("tabindex", i === index ? 0 : -1);
    });
    all[index].focus();
    clearTimeout(timer);
    timer = setTimeout(() => setTriggerValue("block", index), wait);  // a held key is one choice
  };
  row.onkeydown = (event) => {
    const now = all.findIndex((one) => one.getAttribute("aria-checked") === "true");
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    let wish = now;
    if (step !== undefined) wish = Math.min(all.length - 1, Math.max(0, now + step));
    else if (event.key === "Home") wish = 0;
    else if (event.key === "End") wish = all.length - 1;
    else return;
    event.preventDefault();
    if (wish !== now) choose(wish, 350);
  };
  node("div", { class: "hint", text: words.hint }, root);
  track.scrollLeft = scrolled;
  const target = all[data.selected];
  if (target && held) target.focus({ preventScroll: true });
  if (target && (target.offsetLeft < track.scrollLeft || target.offsetLeft + target.offsetWidth > track.scrollLeft + track.clientWidth))
    track.scrollLeft = target.offsetLeft - 20;
}
