// How a chart is touched: one finger reads (and lets the page scroll), two zoom, a double tap goes back.
/* global Dygraph */

const DOUBLE_TAP = 350;

export function interaction(chart) {
  const { mousedown } = Dygraph.Interaction.defaultModel;
  const { startTouch, moveTouch, endTouch } = Dygraph.Interaction;
  let pinching = false;
  let lastTap = 0;

  return {
    mousedown,
    willDestroyContextMyself: true,
    dblclick: () => chart.reset(),
    touchstart(event, graph, context) {
      pinching = event.touches.length > 1;
      if (pinching) startTouch(event, graph, context);
      else chart.selectAt(event.touches[0].clientX);
    },
    touchmove(event, graph, context) {
      if (!pinching) return chart.selectAt(event.touches[0].clientX);
      chart.zoomed = true;
      return moveTouch(event, graph, context);
    },
    touchend(event, graph, context) {
      if (pinching) {
        endTouch(event, graph, context);
        pinching = event.touches.length > 1;
        return;
      }
      if (event.timeStamp - lastTap < DOUBLE_TAP) chart.reset();
      lastTap = event.timeStamp;
    },
  };
}
