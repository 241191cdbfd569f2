// The console works without this file; it adds the focus on error summaries, counters and guards against double clicks.
import { initAll } from "./govuk-frontend.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
