// What the page says, in the reader's language: the server put it into the page.

const texts = JSON.parse(document.getElementById("texts").textContent);

/** Return a text with its braces filled in. */
export function say(name, values = {}) {
  return texts[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
}

/** Return what an error's code means, or the sentence that came with it. */
export function sayError(code, sentence) {
  return texts.errors[code] ?? sentence;
}
