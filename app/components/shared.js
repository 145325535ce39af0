// What every component here begins with; it stands before the component's own script.

const SVG = "http://www.w3.org/2000/svg";

function node(tag, attributes, parent) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {}))
    name === "text" ? (made.textContent = value) : made.setAttribute(name, value);
  if (parent) parent.append(made);
  return made;
}

const written = (value) => (value === 0 ? "0" : String(Number(value.toPrecision(3))));

// The root of a component if its data are others than those that are drawn, and what has the focus; else no root.
function renewed({ data, parentElement }, selector) {
  const root = parentElement.querySelector(selector);
  const print = JSON.stringify(data);
  if (!root || !data || root.dataset.print === print) return {};
  root.dataset.print = print;
  return { root, focused: root.getRootNode().activeElement };
}

const STRIDES = { ArrowUp: 0.02, ArrowRight: 0.02, ArrowDown: -0.02, ArrowLeft: -0.02, PageUp: 0.1, PageDown: -0.1 };

// Let a threshold be moved by keys on its grip and typed beside it: from 0 to `top`, `now()` at present. `show` draws a wish,
// `reset` what was there before it, `send` and `back` tell Python of a wish, and that there is none any more.
function adjustable(grip, input, { top, now, show, reset, send, back }) {
  let timer;
  grip.onkeydown = (event) => {
    const step = STRIDES[event.key];
    let wish = null;
    if (step !== undefined) wish = Math.min(top, Math.max(0, now() + step * top));
    else if (event.key === "Home") wish = 0;
    else if (event.key === "End") wish = top;
    else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); back(); return; }
    else if (event.key === "Escape") { clearTimeout(timer); reset(); return; }
    else return;
    event.preventDefault();
    wish = Number(wish.toPrecision(4));
    show(wish);
    clearTimeout(timer);
    timer = setTimeout(() => send(wish), 500);  // a held key is one change, not thirty
  };
  input.onchange = () => {
    const wish = Number(input.value);
    if (input.value.trim() === "") back();
    else if (Number.isFinite(wish) && wish >= 0) { show(wish); send(wish); }
    else reset();
  };
}

