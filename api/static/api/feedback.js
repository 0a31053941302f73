// What the reader thinks of an answer: good, bad, or a better one, which the bot says from then on.

import { giveFeedback } from "./asking.js";
import { keep } from "./conversation.js";
import { say } from "./texts.js";

const RATINGS = ["good", "bad"];
// Drawn, because not every system has a font with thumbs; the style turns the bad one upside down.
const THUMB = "M1 10h4v11H1zM7 10l4-8c1.7 0 2.7 1.1 2.7 2.7V9H20a2 2 0 0 1 2 2.4l-1.5 7.5A2.6 2.6 0 0 1 18 21H7z";
const SVG = "http://www.w3.org/2000/svg";
let forms = 0;

/** Return the buttons and the form under an answer. */
export function feedbackOn(turn) {
  const feedback = document.createElement("div");
  feedback.className = "feedback";
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  status.className = "said";
  const send = (content) => sendFeedback(turn, content, status);
  const thumbs = RATINGS.map((rating) => thumb(turn, rating, send));
  const form = betterForm(turn, send);
  feedback.append(...thumbs, opener(turn, form), status, form);
  showRating(turn, thumbs);
  for (const button of thumbs) button.addEventListener("rated", () => showRating(turn, thumbs));
  return feedback;
}

async function sendFeedback(turn, content, status) {
  const { id, bot } = turn.reply;
  status.textContent = "";
  try {
    await giveFeedback({ id, bot, question: turn.question, ...content });
    status.textContent = say(content.better ? "learnt" : "thanks");
    return true;
  } catch (error) {
    status.textContent = error instanceof TypeError ? say("unreachable") : error.message;
    return false;
  }
}

function thumb(turn, rating, send) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `thumb ${rating}`;
  button.append(drawnThumb());
  button.title = say(rating);
  button.setAttribute("aria-label", say(rating));
  button.addEventListener("click", async () => {
    if (!(await send({ rating }))) return;
    turn.rating = rating;
    keep();
    button.dispatchEvent(new Event("rated"));
  });
  return button;
}

function drawnThumb() {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", THUMB);
  drawing.append(path);
  return drawing;
}

function showRating(turn, thumbs) {
  for (const button of thumbs) {
    button.setAttribute("aria-pressed", String(button.classList.contains(turn.rating ?? "none")));
  }
}

function opener(turn, form) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link suggest";
  button.textContent = say("suggest");
  button.setAttribute("aria-expanded", "false");
  const field = form.elements.better;
  const show = (isOpen) => {
    form.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return;
    // The chosen one is a good start: mostly a word is to be changed.
    field.value = turn.better ?? turn.reply.answers[turn.chosen].text;
    field.focus();
    field.select();
  };
  button.addEventListener("click", () => show(form.hidden));
  form.addEventListener("closed", () => {
    show(false);
    button.focus();
  });
  return button;
}

function betterForm(turn, send) {
  const form = document.createElement("form");
  form.className = "better";
  form.hidden = true;
  const field = document.createElement("textarea");
  Object.assign(field, { name: "better", id: `better-${++forms}`, rows: 2, maxLength: 10000, required: true });
  field.dir = "auto";
  const label = document.createElement("label");
  label.htmlFor = field.id;
  label.textContent = say("better", { question: turn.question });
  const close = () => form.dispatchEvent(new Event("closed"));
  form.append(label, field, buttonOf(say("save"), "submit"), buttonOf(say("cancel"), "button", close));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const better = field.value.trim();
    if (!better || !(await send({ better }))) return;
    turn.better = better;
    keep();
    close();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  return form;
}

function buttonOf(text, type, onClick) {
  const button = document.createElement("button");
  button.type = type;
  button.textContent = text;
  if (type === "button") button.className = "link";
  if (onClick) button.addEventListener("click", onClick);
  return button;
}
