/** The source of BokehJS without its parts for widgets and tables. It runs in frames. */
import library from "@bokeh/bokehjs/build/js/bokeh.min.js" with { type: "text" };

export default [library];
