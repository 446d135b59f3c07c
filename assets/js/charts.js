import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Draws every `<div data-chart="id">`; `id` names a JSON block with ECharts options. Colours are our tokens'. */
function draw() {
  for (const place of document.querySelectorAll("[data-chart]")) {
    const source = document.getElementById(place.dataset.chart);
    if (!source) continue;
    echarts.getInstanceByDom(place)?.dispose();
    const chart = echarts.init(place, null, { renderer: "svg" });
    chart.setOption(themed(JSON.parse(source.textContent)));
    new ResizeObserver(() => chart.isDisposed() || chart.resize()).observe(place);
  }
}

function themed(options) {
  const words = token("--yj-text-2");
  const line = token("--yj-line-2");
  const axis = (one) => ({
    axisLine: { lineStyle: { color: token("--yj-line") } },
    axisTick: { show: false },
    axisLabel: { color: words, fontSize: 12 },
    splitLine: { lineStyle: { color: line } },
    nameTextStyle: { color: words, fontSize: 12 },
    ...one,
  });
  const axes = (given) => given && [].concat(given).map(axis);
  return {
    animation: false,
    color: ["--yj-brand", "--yj-warn-solid", "--yj-past", "--yj-info-solid", "--yj-vio-solid", "--yj-mute-solid"].map(token),
    textStyle: { fontFamily: token("--tblr-font-sans-serif") },
    grid: { left: 8, right: 8, top: options.legend ? 28 : 12, bottom: 4, containLabel: true },
    // Drawn, not HTML: the policy forbids the style attributes of ECharts' own tooltip.
    tooltip: { trigger: "axis", renderMode: "richText" },
    ...options,
    xAxis: axes(options.xAxis),
    yAxis: axes(options.yAxis),
    legend: options.legend && { icon: "roundRect", itemWidth: 9, itemHeight: 9, textStyle: { color: words, fontSize: 12 }, ...options.legend },
  };
}

draw();
document.addEventListener("yuju:theme", draw);
document.addEventListener("htmx:afterSettle", draw);
