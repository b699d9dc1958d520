// A tree of elements described by values, put into the document with as few changes as possible: what stays keeps its
// focus, its scroll position and its selection. Everything a project says becomes text, never markup.
"use strict";

/** @typedef {{tag: string, key: string|undefined, props: Record<string, any>, children: Described[]}} Described */
/** @typedef {Described|string|number|null|undefined|false} Child */
/** @typedef {Child|readonly Children[]} Children */

const SVG = "http://www.w3.org/2000/svg";
/** Set as properties: their attributes only give the first value. */
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "inert", "selected"]);

/** What an element was made from, to compare with. @type {WeakMap<Node, Described>} */
const madeFrom = new WeakMap();

/** Hands each event on to the handler of the latest description. */
class Handlers {
  constructor() {
    /** @type {Record<string, (event: any) => void>} */
    this.on = {};
  }

  /** @param {Event} event */
  handleEvent(event) {
    const handler = this.on[event.type];
    if (handler) handler(event);
  }
}
/** @type {WeakMap<Element, Handlers>} */
const handlersOf = new WeakMap();

/**
 * Describe an element. Of `props`, `on` holds handlers by event, `style` and `data` values by name, `key` what tells it
 * from its siblings, `made` is called with the new element, `after` whenever it was changed, `own` says that what is in
 * the element is not described here; all others are attributes or properties.
 * @param {string} tag
 * @param {Record<string, any>|null} [props]
 * @param {...Children} children
 * @returns {Described}
 */
function h(tag, props, ...children) {
  const { key, ...rest } = props || {};
  return {
    tag,
    key,
    props: rest,
    children: /** @type {Described[]} */ (/** @type {any[]} */ (children).flat(9).filter(isThere)),
  };
}

/** @param {any} child */
function isThere(child) {
  return child !== null && child !== undefined && child !== false && child !== "";
}

/**
 * Make the children of an element be as described.
 * @param {Element} parent
 * @param {...Children} children
 */
function render(parent, ...children) {
  patchChildren(parent, /** @type {Described[]} */ (/** @type {any[]} */ (children).flat(9).filter(isThere)));
}

/**
 * @param {Described} described
 * @returns {HTMLElement}
 */
function element(described) {
  return /** @type {HTMLElement} */ (make(described, null));
}

/**
 * @param {Described|string|number} described
 * @param {Element|null} parent
 * @returns {Node}
 */
function make(described, parent) {
  if (typeof described !== "object") return document.createTextNode(String(described));
  const inSvg = described.tag === "svg" || (parent !== null && parent.namespaceURI === SVG);
  const made = inSvg ? document.createElementNS(SVG, described.tag) : document.createElement(described.tag);
  patchElement(made, described);
  if (described.props.made) described.props.made(made);
  return made;
}

/**
 * @param {Element} element
 * @param {Described} described
 */
function patchElement(element, described) {
  const before = madeFrom.get(element);
  if (before === described) return;
  madeFrom.set(element, described);
  if (!described.props.own) patchChildren(element, described.children);
  const old = before ? before.props : {};
  for (const name in old) if (!(name in described.props)) setProp(element, name, null, old[name]);
  for (const name in described.props) setProp(element, name, described.props[name], old[name]);
  if (described.props.after) described.props.after(element);
}

/**
 * @param {any} element
 * @param {string} name
 * @param {any} value
 * @param {any} before
 */
function setProp(element, name, value, before) {
  if (name === "made" || name === "after" || name === "own") return;
  if (name === "on") return setHandlers(element, value || {});
  if (name === "style") return setEach(value, before, (key, one) => element.style.setProperty(key, one));
  if (name === "data") return setEach(value, before, (key, one) => setAttribute(element, `data-${key}`, one));
  if (PROPERTIES.has(name)) {
    // What a person is typing is compared with what is there, not with what was asked for last.
    if (element[name] !== (value ?? (name === "value" ? "" : false)))
      element[name] = value ?? (name === "value" ? "" : false);
  } else if (value !== before) setAttribute(element, name, value);
}

/**
 * @param {Record<string, any>|null} values
 * @param {Record<string, any>|null} before
 * @param {(key: string, value: any) => void} set
 */
function setEach(values, before, set) {
  for (const key in before || {}) if (!values || !(key in values)) set(key, null);
  for (const key in values || {})
    if (!before || before[key] !== /** @type {any} */ (values)[key]) set(key, /** @type {any} */ (values)[key]);
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {any} value
 */
function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/**
 * @param {Element} element
 * @param {Record<string, (event: any) => void>} on
 */
function setHandlers(element, on) {
  let handlers = handlersOf.get(element);
  if (!handlers) handlersOf.set(element, (handlers = new Handlers()));
  for (const type in on) if (!(type in handlers.on)) element.addEventListener(type, handlers, { passive: false });
  handlers.on = {
    ...Object.fromEntries(Object.keys(handlers.on).map((type) => [type, /** @type {any} */ (null)])),
    ...on,
  };
}

/**
 * @param {Element} parent
 * @param {(Described|string|number)[]} children
 */
function patchChildren(parent, children) {
  /** @type {Map<string, ChildNode>} */
  const keyed = new Map();
  /** @type {ChildNode[]} */
  const others = [];
  for (const node of parent.childNodes) {
    const made = madeFrom.get(node);
    if (made && made.key !== undefined) keyed.set(made.key, node);
    else others.push(node);
  }
  let next = 0;
  let place = parent.firstChild;
  for (const child of children) {
    const kept = typeof child === "object" && child.key !== undefined ? keyed.get(child.key) : others[next];
    let node = kept && fits(kept, child) ? kept : null;
    if (node) {
      if (typeof child === "object" && child.key !== undefined) keyed.delete(child.key);
      else next += 1;
      if (typeof child === "object") patchElement(/** @type {Element} */ (node), child);
      else if (node.nodeValue !== String(child)) node.nodeValue = String(child);
    } else node = /** @type {ChildNode} */ (make(child, parent));
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
  for (const node of keyed.values()) node.remove();
  for (const node of others.slice(next)) node.remove();
}

/**
 * Whether a node that is there can become what is described.
 * @param {ChildNode} node
 * @param {Described|string|number} child
 */
function fits(node, child) {
  if (typeof child !== "object") return node.nodeType === Node.TEXT_NODE;
  const made = madeFrom.get(node);
  return made !== undefined && made.tag === child.tag && made.key === child.key;
}

/**
 * At most once a frame, however often it is asked for.
 * @param {() => void} work
 * @returns {() => void}
 */
function eachFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}
