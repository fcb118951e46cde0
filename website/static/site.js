// What scrolls sideways can be reached by keyboard.
document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll("pre, table, div.cell_output, .ssl-equation")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
  }
});
