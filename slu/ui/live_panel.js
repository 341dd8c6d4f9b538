// What the live microphone hears: state, level, and how sure each slot is. It is drawn once and
// altered afterwards, so that the bars move instead of being drawn anew.

function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

function drawSlot(parent) {
  const slot = element("section", "slot", parent);
  element("h4", "name", slot);
  element("div", "rows", slot);
  return slot;
}

function drawRow(parent) {
  const row = element("div", "row", parent);
  row.setAttribute("role", "meter");
  row.setAttribute("aria-valuemin", "0");
  row.setAttribute("aria-valuemax", "100");
  element("span", "label", row);
  element("div", "bar", element("div", "track", row));
  element("span", "share", row);
  return row;
}

// As many children as things, each shown by one of them.
function each(parent, things, draw, show) {
  while (parent.children.length > things.length) parent.lastChild.remove();
  things.forEach((thing, index) => show(parent.children[index] ?? draw(parent), thing));
}

function showRow(row, { label, share }) {
  const percent = Math.round(100 * share);
  row.setAttribute("aria-label", label);
  row.setAttribute("aria-valuenow", String(percent));
  row.querySelector(".label").textContent = label;
  row.querySelector(".bar").style.width = `${100 * share}%`;
  row.querySelector(".share").textContent = `${percent} %`;
}

function showSlot(slot, { name, colour, rows }) {
  slot.style.setProperty("--colour", colour);
  slot.querySelector(".name").textContent = name;
  each(slot.querySelector(".rows"), rows, drawRow, showRow);
}

function setText(parent, selector, text) {
  const found = parent.querySelector(selector);
  if (found.textContent !== text) found.textContent = text;
}

export default function ({ parentElement, data }) {
  const panel = parentElement.querySelector(".panel");
  panel.dataset.state = data.state;
  panel.dataset.tone = data.tone;
  setText(panel, ".state", data.words);
  panel.querySelector(".level").style.width = `${100 * data.level}%`;
  const meter = panel.querySelector(".meter");
  meter.setAttribute("aria-label", data.meter);
  meter.setAttribute("aria-valuenow", String(Math.round(100 * data.level)));
  setText(panel, ".sentence", data.sentence);
  setText(panel, ".note", data.note);
  each(panel.querySelector(".slots"), data.slots, drawSlot, showSlot);
}
