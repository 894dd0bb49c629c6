// What stands on the stage where no trial does: a break, the end, a server that is away, a login that has ended.

import { Refused, Unreachable } from "./api.js";
import { loginAddress } from "./login.js";
import { nothingLeft } from "./progress_words.js";

const RETRY_MS = 5000;
const CHOICE = ["Back to the choice", "/rate"];

function made(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export class Interludes {
  // `progress()`: what the server last said of it. `flow` is set by the desk, as each needs the other.
  constructor(stage, page, breaks, progress) {
    Object.assign(this, { stage, page, breaks, progress, flow: null, box: null });
  }

  get isOpen() {
    return this.box !== null;
  }

  suggestBreak() {
    const { minutes } = this.breaks;
    const words = `You have rated for ${minutes} ${minutes === 1 ? "minute" : "minutes"}. Look out of the window, stretch; all that you answered is saved.`;
    this.show("Time for a short break", words, "Go on rating", { before: () => this.breaks.begin() });
  }

  showEnd() {
    this.show("", nothingLeft(this.progress()), "Look again", { links: [CHOICE] });
  }

  showTrouble(error) {
    if (error instanceof Unreachable) {
      this.show("The server cannot be reached", "Your answers are kept here. This page goes on by itself when the server is back.", "Try now");
      const { box } = this;
      setTimeout(() => this.box === box && this.flow.goOn(), RETRY_MS);
    } else if (!(error instanceof Refused)) {
      reportError(error); // a fault of ours: let the console know
      this.show("This page has failed", `Your answers are kept here. Reload the page. (${error.message})`, "Try again", { links: [CHOICE] });
    } else if (error.needsLogin) {
      const words = "What you answered is kept here, and is sent once you are logged in again.";
      this.show("Your login has ended", words, "Try again", { links: [["Log in again", loginAddress()]] });
    } else this.show("", error.message, "Try again", { links: [CHOICE] });
  }

  // One button, which Enter presses wherever the focus is.
  show(title, words, action, { links = [], before = () => {} } = {}) {
    this.flow.clearStage();
    this.page.clear();
    this.flow.waits = false;
    const button = made("button", { type: "button", className: "button" }, `${action} `, made("kbd", { textContent: "enter" }));
    button.addEventListener("click", () => {
      before();
      this.flow.goOn();
    });
    const doors = links.map(([textContent, href]) => made("a", { textContent, href }));
    const heading = title ? [made("h2", { textContent: title })] : [];
    this.box = made("div", { className: "empty" }, ...heading, made("p", { textContent: words }), made("p", { className: "doors" }, button, ...doors));
    this.box.setAttribute("role", "status");
    this.stage.append(this.box);
    button.focus();
  }

  go() {
    this.box?.querySelector("button").click();
  }

  close() {
    this.box?.remove();
    this.box = null;
  }
}
