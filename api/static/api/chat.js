// The chat page: sends the form's message and shows what comes back. Without scripts the form works too.

import { RefusedError, ask, trainedModels } from "./asking.js";
import { add, begin, conversation, keep } from "./conversation.js";
import { say } from "./texts.js";
import { showAnswer, showError, showGreeting, showQuestion, showWriting } from "./turns.js";

const form = document.getElementById("ask");
const field = document.getElementById("message");
const bot = document.getElementById("bot");
const answers = document.getElementById("answers");
const model = document.getElementById("model");
const newConversation = document.getElementById("new");
let underWay = null;

async function send() {
  const message = field.value.trim();
  if (!message || underWay) return;
  field.value = "";
  fitField();
  showQuestion(message);
  add({ kind: "question", text: message });
  const asking = new AbortController();
  underWay = asking;
  const writing = showWriting();
  try {
    const reply = await ask(questionOf(message), writing.write, asking.signal);
    writing.remove();
    if (!asking.signal.aborted) showAnswer(add(turnOf(message, reply)));
  } catch (error) {
    writing.remove();
    if (!asking.signal.aborted) fail(message, error instanceof RefusedError ? error.message : say("unreachable"));
  }
  if (underWay !== asking) return;
  underWay = null;
  field.focus();
}

function questionOf(message) {
  return {
    message,
    bot: bot.value,
    answers: Number(answers.value),
    session: conversation.session,
    explain: true,
    ...(model?.value ? { model: model.value } : {}),
  };
}

function turnOf(question, reply) {
  // What each word looked at is large, and the page does not draw it.
  const explanation = reply.explanation?.map(({ attention, ...rest }) => rest);
  return { kind: "answer", question, reply: { ...reply, explanation }, chosen: 0 };
}

/** Say what is wrong and give the message back, unless something else is being typed already. */
function fail(message, text) {
  showError(text);
  add({ kind: "error", text });
  field.value ||= message;
  fitField();
}

/** Show what was said before the page was loaded again. */
function restore() {
  if (!conversation.turns.length) return;
  showGreeting();
  for (const turn of conversation.turns) {
    if (turn.kind === "answer") showAnswer(turn);
    else (turn.kind === "question" ? showQuestion : showError)(turn.text);
  }
  const last = conversation.turns.at(-1);
  if (last.kind === "question") fail(last.text, say("interrupted"));
}

function startAnew() {
  underWay?.abort();
  underWay = null;
  begin();
  showGreeting();
}

/** Talk with the chosen bot; the choice keeps the focus, since its arrow keys may go on to the next one. */
function changeBot() {
  history.replaceState(null, "", `?bot=${encodeURIComponent(bot.value)}`);
  if (model) conversation.model = model.value = "";
  startAnew();
}

async function offerModels() {
  const found = await trainedModels();
  for (const { name, active_for: bots } of found) {
    model.add(new Option(bots.length ? `${name} (${bots.join(", ")})` : name, name));
  }
  model.value = found.some(({ name }) => name === conversation.model) ? conversation.model : "";
  document.getElementById("model-choice").hidden = !found.length;
}

/** Let the field be as high as what is typed, up to what the style allows. */
function fitField() {
  field.rows = Math.min(6, field.value.split("\n").length);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
field.addEventListener("input", fitField);
field.addEventListener("keydown", (event) => {
  // While an input method composes Chinese, Enter chooses characters.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
bot.addEventListener("change", changeBot);
answers.addEventListener("change", () => {
  conversation.answers = answers.value;
  keep();
});
model?.addEventListener("change", () => {
  conversation.model = model.value;
  keep();
});
newConversation.addEventListener("click", () => {
  startAnew();
  field.focus();
});

newConversation.hidden = false;
answers.value = conversation.answers ?? answers.value;
restore();
if (model) offerModels().catch(() => {});
