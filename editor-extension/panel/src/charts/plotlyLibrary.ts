/** The source of Plotly, in a separate chunk: it runs in the frames of plots, not in the page. */
import library from "plotly.js-dist-min/plotly.min.js" with { type: "text" };

export default [library];
