/** The text of Plotly, in a chunk of its own: it runs in the frames that it draws in, not in the page. */
import library from "plotly.js-dist-min/plotly.min.js" with { type: "text" };

export default library;
