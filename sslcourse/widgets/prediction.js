// Guesses without a kernel: a choice is kept in the browser, and opens the answer wherever it stands in the notebook.
(() => {
  const memory = (window.sslcourseGuesses ??= {});
  const name = (key) => `sslcourse-guess-${key}`;
  function known(key) {
    if (key in memory) return memory[key];
    try { return localStorage.getItem(name(key)); } catch { return null; }
  }
  function keep(key, option) {
    memory[key] = option;
    try { localStorage.setItem(name(key), option); } catch { /* a private window: it lasts as long as the page */ }
    document.querySelectorAll(".ssl-guess[data-wired]").forEach(show);
  }
  function show(card) {
    const held = JSON.parse(card.querySelector('script[type="application/json"]').textContent);
    if (card.classList.contains("ssl-tally")) return tally(card, held);
    const guess = known(card.dataset.key), made = held.options.includes(guess);
    card.querySelectorAll("input").forEach((input) => { input.checked = made && input.value === guess; });
    const said = card.querySelector(".ssl-said"), answer = card.querySelector("details");
    if (!answer) {
      said.innerHTML = made ? "Committed: <b></b>. The measurement comes further down." : "Choose one before you go on. Nobody marks it.";
      if (made) said.querySelector("b").textContent = guess;
      return;
    }
    said.textContent = made ? "" : "You made no guess yet. Choose, and the answer opens.";
    card.querySelector(".ssl-verdict").textContent = made ? held.verdicts[guess] : held.plain;
    if (made) answer.open = true;
  }
  function tally(card, held) {
    let right = 0, made = 0;
    card.querySelectorAll("li").forEach((line, i) => {
      const { key, options, outcome } = held[i], guess = known(key);
      if (!options.includes(guess)) { line.querySelector("span").textContent = "no guess yet: make one, and it counts"; return; }
      made += 1;
      right += guess === outcome;
      line.querySelector("span").textContent = guess === outcome ? `✓ you predicted “${guess}”` : `→ you predicted “${guess}”; measured: ${outcome}`;
    });
    card.querySelector(".ssl-said").textContent = made
      ? `${made} of ${held.length} predicted; ${right} of them came out so.` : "You made no guess in this lab yet.";
    if (made) card.querySelector("details").open = true;
  }
  function wire(card) {
    card.dataset.wired = "yes";
    if (!card.querySelector('script[type="application/json"]')) return card.removeAttribute("data-wired"); // not trusted
    const { key, guess } = card.dataset;
    if (guess) memory[key] = guess; // made in Python
    card.querySelectorAll(".ssl-options").forEach((options) => {
      options.style.display = "";
      // the arrow keys choose: they must not reach JupyterLab, for which they go to another cell
      options.addEventListener("keydown", (event) => { if (event.key.startsWith("Arrow") || event.key === " ") event.stopPropagation(); });
      options.querySelectorAll("input").forEach((input, i) => {
        input.disabled = false;
        input.addEventListener("change", () => keep(key, input.value));
      });
    });
    document.querySelectorAll(".ssl-guess[data-wired]").forEach(show);
  }
  const start = () => document.querySelectorAll(".ssl-guess:not([data-wired])").forEach(wire);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  start();
})();
