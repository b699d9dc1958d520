// Line drawings on a grid of 16, in the colour of the text beside them.
"use strict";

/** @type {Record<string, string>} */
const ICONS = {
  // states
  fresh: "M3.5 8.5l3 3 6-7",
  stale: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3",
  missing: "M5.8 6a2.3 2.3 0 1 1 3.4 2c-.8.5-1.2.9-1.2 1.8M8 12.4v.1",
  placeholder: "M3 5V3h2M11 3h2v2M13 11v2h-2M5 13H3v-2M7 3h2M7 13h2M3 7v2M13 7v2",
  edited: "M3 13l.6-2.8L10.8 3 13 5.2l-7.2 7.2zM9.3 4.5l2.2 2.2",
  held: "M5.5 3.5v9M10.5 3.5v9",
  failed: "M8 3v6M8 12.4v.1",
  drawing: "M3 13c2.5 0 3.5-1 3.5-2.5A1.8 1.8 0 0 0 3 10.3C3 12 2.6 12.6 2 13zM6.3 9.4L13 2.6",
  queued: "M8 4v4l2.5 2M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z",
  // decisions
  pick: "M8 2.5l1.7 3.6 3.8.5-2.8 2.7.7 3.9L8 11.3l-3.4 1.9.7-3.9L2.5 6.6l3.8-.5z",
  approve: "M2.5 8.5l2.7 2.7L11 5M8.4 11.2l.3.2L14 5.2",
  reject: "M4 4l8 8M12 4l-8 8",
  reroll: "M3 8a5 5 0 0 1 8.8-3.2M13 2v3h-3M13 8a5 5 0 0 1-8.8 3.2M3 14v-3h3",
  keep: "M4 2.5h8v11L8 10.6 4 13.5z",
  protect: "M4.5 7.5h7v5.5h-7zM5.8 7.5V5.2a2.2 2.2 0 0 1 4.4 0v2.3",
  unprotect: "M4.5 7.5h7v5.5h-7zM5.8 7.5V4.7a2.2 2.2 0 0 1 4.3-.6",
  adopt: "M8 2.5v7M5 6.7l3 3 3-3M3 11v2.5h10V11",
  restore: "M3 7.5h6.5a3 3 0 0 1 0 6H6M3 7.5L6 4.5M3 7.5l3 3",
  note: "M3 3.5h10v7H8.5L5.5 13v-2.5H3z",
  build: "M9.2 2L4 9h3.6l-.8 5L12 7H8.4z",
  // the page
  search: "M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4zM10.2 10.2l3.3 3.3",
  left: "M10 3.5L5.5 8l4.5 4.5",
  right: "M6 3.5L10.5 8 6 12.5",
  up: "M3.5 10L8 5.5l4.5 4.5",
  down: "M3.5 6L8 10.5 12.5 6",
  back: "M13 8H3.5M7.5 4l-4 4 4 4",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  grid: "M3 3h4v4H3zM9 3h4v4H9zM3 9h4v4H3zM9 9h4v4H9z",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
  auto: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  help: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM6.2 6.2a1.8 1.8 0 1 1 2.7 1.6c-.6.4-.9.7-.9 1.4M8 11.3v.1",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M5.5 5.5h7.5V13H5.5zM3 10.5V3h7.5",
  compare: "M8 2v12M2.5 4h3v8h-3M10.5 4h3v8h-3",
  swap: "M3 5.5h9M9.5 3l2.5 2.5L9.5 8M13 10.5H4M6.5 8L4 10.5 6.5 13",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  changed: "M8 3l5.5 10h-11z",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  stop: "M4.5 4.5h7v7h-7z",
  eye: "M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  offline: "M3 3l10 10M4.5 6.5A6 6 0 0 1 6 5.7M8.5 5.1a6 6 0 0 1 3.4 1.5M6.3 9a3 3 0 0 1 1-.6M8 11.5v.1",
  picture: "M2.5 3.5h11v9h-11zM2.5 10.5l3-3 3 3 2-2 3 3M10.8 6v.1",
};

/**
 * @param {string} name
 * @param {string} [classes]
 * @returns {Described}
 */
function icon(name, classes = "") {
  return h(
    "svg",
    { class: `icon ${classes}`, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    h("path", { d: ICONS[name] || ICONS.help }),
  );
}
