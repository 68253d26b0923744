// Returns the visual and accessibility flaws of the page, as sentences. The arguments are the colour
// scheme and the screen's width.
const [scheme, width] = arguments;
const flaws = [];
const check = (holds, flaw) => holds || flaws.push(flaw);
const named = (element) => `<${element.localName}> “${element.textContent.trim().slice(0, 40)}”`;

const root = document.documentElement;
check(root.lang, "the page does not declare its language");
check(document.title, "the page has no title");
check(document.querySelectorAll("h1").length === 1, "the page should have one <h1>");
check(root.scrollWidth <= width, `the page is ${root.scrollWidth}px wide on a screen of ${width}px`);
// A mail has none.
const main = document.querySelector("main") ?? document.body;
check(main.scrollWidth <= main.clientWidth, "something sticks out of the card");
check(matchMedia(`(prefers-color-scheme: ${scheme})`).matches, `the page is not ${scheme}`);

const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
check(new Set(ids).size === ids.length, `an id is duplicated: ${ids}`);
// What is hidden is for password managers.
const inputs = "input:not([type=hidden], [hidden]), select";
for (const input of document.querySelectorAll(inputs)) {
  check(input.labels.length === 1, `the input ${input.name} has no label`);
  const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
  check(described.every((id) => ids.includes(id)), `the input ${input.name} is described by an element that does not exist`);
}

// WCAG 2.2, 2.5.8: big enough to hit.
for (const control of document.querySelectorAll(`button, .button, ${inputs}`)) {
  // Who hits the words beside a box has hit the box.
  const target = control.type === "checkbox" ? control.labels[0] : control;
  const box = target.getBoundingClientRect();
  check(box.width >= 24 && box.height >= 24, `${named(target)} is only ${box.width}×${box.height}px`);
  check(box.left >= 0 && box.right <= width, `${named(target)} sticks out of the screen`);
}

// WCAG 2.2, 2.4.7: the keyboard focus is visible.
const focused = document.activeElement;
if (focused !== document.body && focused.matches(":focus-visible")) {
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  check(outlineStyle !== "none" && parseFloat(outlineWidth) >= 2, `${named(focused)} has the focus and does not show it`);
}

// A user compares a code character by character.
for (const code of document.querySelectorAll(".code")) {
  check(code.getClientRects().length === 1, `the code ${named(code)} is broken over lines`);
  check(code.scrollWidth <= Math.ceil(code.getBoundingClientRect().width), `the code ${named(code)} is cut off`);
}

// WCAG 2.2, 1.4.3: dark enough to read.
const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
const luminance = (colour) => {
  const linear = channels(colour).slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const ground = (element) => {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (channels(colour)[3] !== 0) return colour;
  }
  return "rgb(255, 255, 255)";
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  if (!texts.currentNode.data.trim() || element.localName === "script") continue;
  const [dim, bright] = [luminance(getComputedStyle(element).color), luminance(ground(element))].sort((a, b) => a - b);
  const contrast = (bright + 0.05) / (dim + 0.05);
  check(contrast >= 4.5, `${named(element)} has a contrast of only ${contrast.toFixed(2)}`);
}
return flaws;
