"""Home: today at a glance: how warm it is, who did what, the live picture, and whether anything is wrong."""

from grafana import variables
from grafana.dashboards import temperatures as warm
from grafana.dashboards.clips import newest_clips
from grafana.dashboards.devices import quiet
from grafana.dashboards.pets import DURATION, NOTHING
from grafana.home import Home
from grafana.house import Dashboard
from grafana.panels import Panel, html, stat
from grafana.queries import days_of, leaving_out
from grafana.units import COUNT
from influx.buckets import bucket_name
from influx.influxdb.flux import literal, only
from influx.schema import PET_EVENT


def dashboard(home: Home) -> Dashboard:
    """The dashboard that people see first."""
    return Dashboard(
        "home",
        "Home",
        "Today at a glance: how warm it is, who did what, the live picture, clips, and anything wrong.",
        [
            warm.now(home, width=8),
            warm.humidity(home),
            _today(home),
            _live(home),
            quiet(home, "Silent", wrong_alone=True, width=12, height=8),
            _alerts(home),
            warm.over_time(home, width=24, height=8),
            newest_clips(home, "Last clips", width=24, height=10, most=12),
        ],
        [
            variables.location(home),
            variables.pet(home),
            variables.camera(home),
            variables.view(home),
            variables.UNIT,
        ],
        clips=True,
    )


def _today(home: Home) -> Panel:
    """Of today, whatever window is looked at."""
    query = f"""import "date"
import "timezone"

home = {days_of(home)}
from(bucket: {literal(bucket_name(PET_EVENT.bucket, home.prefix))})
    |> range(start: date.truncate(t: now(), unit: 1d, location: home))
    {only("_measurement", [PET_EVENT.name])}
    {only("_field", [DURATION])}
    |> filter(fn: (r) => r.pet =~ /^${{pet:regex}}$/)
{chr(10).join(leaving_out(PET_EVENT, NOTHING))}
    |> count()
    |> group(columns: ["pet"])
    |> sum()
    |> map(fn: (r) => ({{_time: now(), _value: r._value, pet: r.pet}}))
"""
    return stat(
        "Events today",
        "How many events each pet had since midnight by the home's clock.",
        COUNT,
        {"A": query},
        "${__field.labels.pet}",
        width=8,
        gives=("_time", "_value", "pet"),
        defaults={"noValue": "none yet"},
    )


def _live(home: Home) -> Panel:
    content = (
        f'<a href="{home.origin}/pages/live" target="_blank">'
        f'<img src="{home.origin}/live?camera=${{view:percentencode}}&fps=2" '
        'width="100%" alt="Live picture"></a>'
    )
    return html(
        "Live: $view",
        "The picture of the camera as it is now, two a second; a click opens the page with all cameras.",
        content,
        width=12,
        height=12,
    )


_FIRING = {"firing": True, "pending": False, "noData": False, "normal": False, "error": True}


def _alerts(home: Home) -> Panel:
    """Where Hutch looks after its rules itself, a list of Grafana's would be empty while a room burns."""
    if home.alerts_by == "grafana":
        return Panel(
            "alertlist",
            "Alerts",
            "What Grafana warns of now; it evaluates the rules, by what is set on Hutch's page Alerts.",
            width=12,
            height=4,
            under=True,
            options={
                "viewMode": "list",
                "groupMode": "default",
                "groupBy": [],
                "maxItems": 20,
                "sortOrder": 3,
                "dashboardAlerts": False,
                "alertName": "",
                "alertInstanceLabelFilter": "",
                "datasource": "-- Grafana --",
                "showInstances": True,
                "stateFilter": _FIRING,
            },
        )
    return html(
        "Alerts",
        "Hutch warns itself, and Grafana knows nothing of it; the page Alerts tells what is wrong now.",
        f'<p><a href="{home.origin}/pages/alerts" target="_blank">What is wrong now, and when Hutch warns</a>'
        f'</p><p><a href="{home.origin}/pages/health" target="_blank">How every part of it is doing</a></p>',
        width=12,
        height=4,
        under=True,
    )
