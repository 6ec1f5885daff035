/** The sources of Vega and Vega-Lite, and of the function that embeds a chart. They run in frames. */
// The packages export their modules only.
import vega from "../../node_modules/vega/build/vega.min.js" with { type: "text" };
import vegaLite from "../../node_modules/vega-lite/build/vega-lite.min.js" with { type: "text" };
import embed from "./vegaEmbed.inline.js";

export default [vega, vegaLite, embed];
