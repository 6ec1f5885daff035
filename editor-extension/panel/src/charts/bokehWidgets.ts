/** The sources of BokehJS's widgets and tables, which few charts use. They run in frames. */
import tables from "@bokeh/bokehjs/build/js/bokeh-tables.min.js" with { type: "text" };
import widgets from "@bokeh/bokehjs/build/js/bokeh-widgets.min.js" with { type: "text" };

export default [widgets, tables];
