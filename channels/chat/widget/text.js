// Builds elements. Text becomes text nodes only: nothing a model or a person writes is ever parsed as HTML.

const LINK = /https?:\/\/[^\s<>"'`{}|\\^]+/g;
const TRAILING = /[.,;:!?)\]]+$/;
const SVG = "http://www.w3.org/2000/svg";

/** Make an element: properties that start with "on" are listeners, others attributes. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Make a line icon from path data on a 24 × 24 grid. */
export function icon(...paths) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const data of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", data);
    svg.append(path);
  }
  return svg;
}

/** Return text as nodes; http and https addresses in it become links. */
export function linked(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(TRAILING, "");
    if (!safe(address)) continue;
    nodes.push(text.slice(end, match.index), link(address));
    end = match.index + address.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function link(address) {
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, address);
}

/** Say whether an address is one to link to. */
export function safe(address) {
  try {
    return ["http:", "https:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}
