"""What the five documents that Hutch began with promise, sentence by sentence, and the tests that hold it.

Every sentence that names an endpoint, an event, a field or a page is here, as it stands there. Where Hutch
keeps a promise in another way the tests are of that way.
"""

API = "tests/api/"
GAS = f"{API}gas/test_messages.py::test_"
LIVE_GAS = f"{API}gas/test_push.py::test_"
NURSERY = f"{API}journal/test_commands.py::test_"
FORMULA = f"{API}journal/test_formula.py::test_"
JOURNAL = f"{API}journal/test_entries.py::test_"
EVENTS = f"{API}events/test_listing.py::test_"
CLIPS = f"{API}events/test_clips.py::test_"
PAGES = f"{API}pages/test_pages.py::test_"
CHARTS = f"{API}pages/test_charts.py::test_"
BROWSER = f"{API}pages/test_pages_browser.py::test_"
ALARMS = "tests/hutch/alerting/"
ALERTS = f"{API}alerts/test_thresholds.py::test_"
LIVE = f"{API}live/test_live.py::test_"
HISTORY = f"{API}climate/test_history.py::test_"
PETS = f"{API}pets/test_catalogue.py::test_"
GAS_PAGE = f"{API}gas/test_gas_page.py::test_"
CORS = f"{API}access/test_cors.py::test_"
MATRIX = f"{API}access/test_matrix.py::test_every_route_answers_by_its_right"
TIDY = f"{API}pages/test_every_page.py::test_a_page_is_whole_and_within_everybodys_reach"
DID = "tests/vision/activities/"
KNOWN = "tests/vision/identity/test_recogniser.py::test_"
RECORDER = "tests/vision/test_recorder.py::test_"

Table = dict[str, tuple[str, ...]]

PET_WATCH: Table = {
    "Chinchillas generally don't tolerate temperatures outside the range of 60-75 degrees Farenheit.": (
        f"{PAGES}a_value_outside_the_safe_range_is_a_warning_in_words",
        f"{ALERTS}a_safe_range_in_fahrenheit_is_that_of_the_overview",
    ),
    "Matplotlib is used to render the temperature graph.": (
        f"{CHARTS}the_chart_has_a_line_with_a_gap_where_the_sensor_was_silent",
    ),
    "That script runs continuously, sending a temperature data point to the Postgres database": (
        "tests/collector/test_sampler.py::test_a_reading_becomes_points_stamped_when_it_was_read",
    ),
    "the temperature data is only available in a 24 hour view": (
        f"{CHARTS}a_window_asks_for_its_own_series",
    ),
    "different time windows to allow views of 3 hours, 3 days, 1 week, etc.": (
        f"{CHARTS}a_window_asks_for_its_own_series",
        f"{PAGES}any_length_of_time_can_be_bookmarked",
        "tests/e2e/test_demo.py::test_another_window_draws_another_stretch",
    ),
    "photo and video capturing in order to check in on lil Chancho": (
        f"{API}live/test_capture.py::test_a_photo_is_an_event_of_the_camera",
        f"{API}live/test_capture.py::test_a_recording_that_runs_is_told_to_who_asks_for_another",
    ),
    "show a live feed from the camera and/or take snapshots": (
        "tests/e2e/test_demo.py::test_the_live_page_shows_a_moving_picture",
        f"{API}live/test_live_page.py::test_the_snapshot_opens_the_newest_picture",
    ),
    "I'd like to also add a photo gallery page.": (
        f"{API}events/test_gallery.py::test_pictures_come_by_day_and_older_ones_are_a_link_away",
    ),
}

TEMPERATURE_LOGGER: Table = {
    "Polls a USB temperature sensor every 5 minutes": (
        "tests/collector/sensors/test_usb_serial.py::test_the_newest_line_wins_however_many_waited",
        "tests/collector/test_sampler.py::test_the_next_turn_is_soon_but_never_past_and_on_the_beat",
    ),
    "Stores readings with timestamps in SQLite": (
        "tests/collector/test_sampler.py::test_a_reading_becomes_points_stamped_when_it_was_read",
    ),
    "Retains the last **14 days** of data": (
        f"{HISTORY}history_is_the_last_fortnight_of_the_default_location",
        "tests/influx/test_embedded.py::test_expiring_deletes_what_its_bucket_no_longer_keeps",
    ),
    "`GET /temperature/history`": (f"{HISTORY}history_is_what_the_temperature_logger_showed",),
    "Returns last 14 days of temperature readings.": (
        f"{HISTORY}history_is_the_last_fortnight_of_the_default_location",
    ),
    "Polls the temperature from a USB sensor (via `read_temperature()`).": (
        "tests/collector/sensors/test_usb_serial.py::test_the_newest_line_wins_however_many_waited",
    ),
    '{ "temperature": 22.4, "collected_at": "2025-05-28T14:00:00Z" }': (
        f"{HISTORY}history_is_what_the_temperature_logger_showed",
    ),
    "One container for the Flask web server": (
        "tests/hutch/test_supervisor.py::test_every_child_is_started",
    ),
    "Another container for the APScheduler poller process": (
        "tests/hutch/test_supervisor.py::test_every_child_is_started",
    ),
}

GAS_MONITOR: Table = {
    "Real-time communication with WebSocket using Socket.IO.": (
        f"{LIVE_GAS}a_new_message_is_pushed_as_it_was_sent",
        f"{LIVE_GAS}a_client_that_starts_polling_goes_on_by_websocket",
    ),
    "REST API for receiving, storing, and querying sensor data.": (
        f"{GAS}a_message_comes_back_as_it_was_sent",
    ),
    "Interactive front-end for visualizing real-time and historical sensor data.": (
        f"{GAS_PAGE}what_comes_in_is_shown_at_once",
        f"{GAS_PAGE}a_chart_has_a_line_a_channel_and_its_windows",
    ),
    "Configurable with CORS support for cross-origin requests.": (
        f"{CORS}the_named_site_may_read_and_send",
        f"{CORS}no_other_site_may",
        f"{CORS}the_named_site_may_listen_to_gas",
    ),
    "**Root Page (`/`)**: Displays the real-time sensor dashboard.": (
        f"{GAS_PAGE}the_first_page_shows_what_comes_in_too",
        f"{BROWSER}values_turn_stale_when_the_server_is_gone",
    ),
    "**Graph Page (`/graph`)**: Displays historical data visualizations.": (
        f"{GAS_PAGE}the_address_of_the_gas_monitors_graphs_leads_here",
        f"{GAS_PAGE}a_chart_has_a_line_a_channel_and_its_windows",
    ),
    "**POST `/receive-json`**: Receives sensor data in JSON format.": (
        f"{GAS}a_message_becomes_points_that_all_survive",
    ),
    '"pct": 90, "id": "handheld 1", "ts": 1673049150,': (
        f"{GAS}a_message_comes_back_as_it_was_sent",
        f"{GAS}a_message_without_a_battery_is_welcome",
    ),
    '"sensors": [{"type": "CH4", "val": 200}, {"type": "CO", "val": 1280}, {"type": "CO", "val": 726},'
    ' {"type": "CO", "val": 3856}]': (
        f"{GAS}a_message_becomes_points_that_all_survive",
        f"{GAS}the_order_of_more_than_ten_sensors_is_kept",
    ),
    "**GET `/get-last-entity`**: Retrieves the latest sensor data entry.": (
        f"{GAS}a_message_comes_back_as_it_was_sent",
    ),
    "**GET `/get-data-from-timestamp`**: Retrieves data between the current and a specific timestamp.": (
        f"{GAS}messages_since_a_moment_come_oldest_first",
    ),
    "Query Parameter: `system_time=<timestamp>`": (f"{GAS}messages_since_a_moment_come_oldest_first",),
    "**`connect`**: Logs a client connection.": (f"{LIVE_GAS}coming_and_going_is_logged_once",),
    "**`disconnect`**: Logs a client disconnection.": (f"{LIVE_GAS}coming_and_going_is_logged_once",),
    "**`update_data`**: Sends real-time updates of the latest sensor data.": (
        f"{LIVE_GAS}a_new_message_is_pushed_as_it_was_sent",
    ),
    "`index.html`: Displays real-time sensor data.": (f"{GAS_PAGE}the_first_page_shows_what_comes_in_too",),
    "`graph.html`: Visualizes historical sensor data.": (
        f"{GAS_PAGE}a_chart_has_a_line_a_channel_and_its_windows",
    ),
    "Configured to run on `0.0.0.0:8000`": (
        f"{API}test_server.py::test_nothing_is_served_to_others_before_an_owner_can_log_in",
    ),
    "Implement user authentication for data access.": (
        MATRIX,
        f"{LIVE_GAS}who_may_not_look_cannot_watch_and_who_no_longer_may_is_told_nothing",
    ),
    "Enhanced error handling and logging.": (
        f"{API}test_problems.py::test_every_known_error_has_its_answer",
        f"{GAS}a_message_that_is_none_gets_a_sentence_naming_the_key",
    ),
    "Add features for further data processing like csv export and dark mode": (
        f"{API}climate/test_export.py::test_gas_comes_as_it_was_read",
        f"{CHARTS}dark_is_what_the_system_says_until_the_reader_chooses",
    ),
}

NURSERY_PROJECT: Table = {
    "It has a handler app which receives commands, as well as individual flask apps for tracking"
    " Temperature and Humidity Data, Feeding logs, and Nutramigen formula calculations.": (
        f"{NURSERY}each_command_asks_for_its_own_right",
    ),
    "In your browser, you will be able to access the services below:": (TIDY,),
    "This service is the entrypoint for external messages.": (
        f"{NURSERY}the_page_and_the_entry_point_share_an_address",
    ),
    "'command': ('calc' or 'journal'), 'data': {\"insert\": \"data_here\"}": (
        f"{NURSERY}the_calculator_confirms_the_label",
        f"{NURSERY}a_journal_entry_is_confirmed_in_words",
    ),
    "So we got a 200 status code, but the JSON is saying there's an error.": (
        f"{NURSERY}an_unknown_command_is_answered_with_an_error",
    ),
    'the "do_something" command is not enabled.': (f"{NURSERY}an_unknown_command_is_answered_with_an_error",),
    "make it easy to just read clear instructions on how to make the formula": (
        f"{PAGES}the_formula_of_the_label_is_the_answer",
        f"{API}journal/test_journal_page.py::test_everything_for_one_thumb_is_on_the_first_screen",
    ),
    "`calories` is the target kCal/mL ratio of the prepared formula.": (
        f"{FORMULA}a_scoop_holds_the_energy_of_67_ml_at_20_kcal_an_ounce",
    ),
    "20, but we increased to 22 over time which increased the complexity of the calculation.": (
        f"{FORMULA}a_stronger_bottle_keeps_its_strength_and_says_what_it_really_makes",
    ),
    "`volume` is the total volume of prepared formula that you want to make.": (
        f"{FORMULA}energy_and_volume_add_up",
    ),
    "a scoop of powder will displace ~7 mL of water": (f"{FORMULA}energy_and_volume_add_up",),
    "it can tell us how much water to mix with how many scoops": (
        f"{FORMULA}whole_scoops_can_be_measured_and_come_nearest",
    ),
    "mix 1 scoop of powder with 60 mL of water to make 67mL of prepared formula at 20 kCal/mL.": (
        f"{FORMULA}the_label_comes_out_as_printed",
    ),
    '"calories": "20", "volume": "67",': (f"{NURSERY}the_calculator_confirms_the_label",),
    '"command": "feeding_calc", "data": data': (f"{NURSERY}the_calculator_confirms_the_label",),
    "This should also be reflected on the service page at `http://127.0.0.1:55003`": (
        f"{PAGES}the_formula_of_the_label_is_the_answer",
    ),
    "measure temperature every minute and send the data to the server on the local network.": (
        f"{API}access/test_devices.py::test_a_device_is_let_in_by_its_address_to_send_points_and_nothing_else",
    ),
    "`temperature` is a float that returns the current temperature in the room, in Fahrenheit as a float.": (
        f"{NURSERY}a_temperature_in_fahrenheit_is_stored_in_celsius",
    ),
    "`humidity` is a string that returns the current local humidity in the room as a string, formatted as a"
    " two-digit integer.": (f"{NURSERY}a_temperature_in_fahrenheit_is_stored_in_celsius",),
    '"temperature": 78.6, "humidity": "63",': (f"{NURSERY}a_temperature_in_fahrenheit_is_stored_in_celsius",),
    '"command": "temperature", "data": data': (f"{NURSERY}a_temperature_in_fahrenheit_is_stored_in_celsius",),
    "You should get a message confirming that you logged a temperature of 78.6 degrees and 63% humidity.": (
        f"{NURSERY}a_temperature_in_fahrenheit_is_stored_in_celsius",
    ),
    "This should also be reflected on the service page at `http://127.0.0.1:55004`": (
        f"{CHARTS}fahrenheit_reaches_values_and_charts",
    ),
    "Journal is a service for tracking food and water intake of the baby over time.": (
        f"{JOURNAL}an_entry_is_there_as_soon_as_it_is_written_down",
        f"{PAGES}the_journal_lists_the_homes_day",
    ),
    "implement a mobile endpoint or voice assistant integration to capture logs of food and water without"
    " the use of hands": (
        f"{JOURNAL}a_sentence_is_written_down_and_told_in_words",
        f"{API}journal/test_journal_page.py::test_a_spoken_sentence_is_written_down_without_a_touch",
    ),
    "`entry_type` is a string that represents what type of entry: food or water. The endpoint expects the"
    " command to be either exactly one of the options: `'food'` or `'drink'`": (
        f"{NURSERY}a_journal_entry_is_confirmed_in_words",
        f"{NURSERY}data_that_is_wrong_gets_a_sentence_naming_the_key",
    ),
    "`amount` is the amount of food or water, and is stored as a float for numeric records.": (
        f"{NURSERY}a_journal_entry_is_confirmed_in_words",
    ),
    "`name` is the name of the food or beverage, along with the unit of measurement": (
        f"{NURSERY}a_journal_entry_is_confirmed_in_words",
    ),
    '"entry_type": "food", "amount": "3", "name": "baby carrots"': (
        f"{NURSERY}a_journal_entry_is_confirmed_in_words",
    ),
    '"command": "journal", "data": data': (f"{NURSERY}a_journal_entry_is_confirmed_in_words",),
    "a response confirming your submission, and it should show up on `http://127.0.0.1:55002`": (
        f"{NURSERY}a_journal_entry_is_confirmed_in_words",
        f"{PAGES}an_entry_is_written_down_without_scripts_and_taken_back",
    ),
    "there is a React-based frontend application that can interface with the microservices backend to gather"
    " temperature data from the Temperature service.": (
        f"{CHARTS}the_chart_has_a_line_with_a_gap_where_the_sensor_was_silent",
    ),
    "adding support for logging feeding calculations": (
        f"{API}journal/test_journal_page.py::test_the_formula_remembers_what_was_made_last",
    ),
    "formatting is easy to see and read no matter your screen size": (TIDY,),
}

PET_CAMERA: Table = {
    "Users can access live video, event logs, and recordings remotely via a simple client interface.": (
        TIDY,
        f"{BROWSER}a_clip_plays",
    ),
    "Log each event with metadata and link to its recording.": (
        f"{EVENTS}an_event_is_told_with_all_that_is_known",
        f"{EVENTS}a_stored_clip_has_an_address",
    ),
    "Allow remote client access to live video, event logs, and recordings.": (MATRIX,),
    "Catalog events per pet for easy review.": (
        f"{EVENTS}events_come_newest_first_and_filtered",
        f"{PETS}one_pet_tells_its_week_by_the_days_of_the_home",
    ),
    "Alert user if no events are detected for a configurable period.": (
        f"{ALERTS}no_event_threshold_is_in_minutes_or_a_length",
    ),
    "Secure remote access (HTTPS, authentication).": (
        MATRIX,
        f"{API}access/test_login.py::test_behind_a_proxy_with_tls_the_cookie_travels_over_tls_alone",
    ),
    "`GET /live` — Live video stream": (f"{LIVE}live_relays_the_stream_of_the_first_camera",),
    "`GET /events` — List all events (filter by pet, type, date)": (
        f"{EVENTS}events_come_newest_first_and_filtered",
        f"{EVENTS}a_date_is_a_day_in_the_time_zone_of_the_home",
    ),
    "`GET /events/{id}` — Get event details and associated media": (
        f"{EVENTS}an_event_is_told_with_all_that_is_known",
        f"{CLIPS}a_clip_is_served_whole",
    ),
    "`GET /recordings` — List all recordings": (
        f"{EVENTS}recordings_are_the_events_whose_clip_can_be_watched",
    ),
    "`POST /alerts/config` — Configure alert preferences": (
        f"{ALERTS}the_seeds_own_body_sets_it_for_the_whole_home",
        f"{ALERTS}everybody_chooses_their_own_mails",
    ),
    "`event_id` (PK) - `timestamp` - `pet_id` - `event_type` - `media_path` (link to recording) - `duration`"
    " (if applicable)": (
        f"{EVENTS}an_event_is_told_with_all_that_is_known",
        f"{EVENTS}a_stored_clip_has_an_address",
    ),
    "`pet_id` (PK) - `name`": (f"{PETS}a_pet_is_made_and_can_be_expected",),
    "`config_id` (PK) - `user_id` - `no_event_threshold` (time in minutes/hours)": (
        f"{ALERTS}no_event_threshold_is_in_minutes_or_a_length",
        f"{ALERTS}everybody_chooses_their_own_mails",
    ),
    "exposes endpoints for live video, event logs, recordings, and alert configuration.": (
        f"{API}test_problems.py::test_the_description_names_every_endpoint_of_the_seeds",
    ),
    "Users access the system remotely via a web dashboard or other client, viewing live feeds, browsing"
    " events, and receiving alerts.": (TIDY,),
    "Supports efficient querying and filtering.": (f"{EVENTS}paging_gives_every_event_once",),
    "Records video for dynamic events (e.g., playing, moving).": (
        f"{RECORDER}a_clip_is_the_cameras_own_packets_with_pre_roll_and_post_roll",
    ),
    "Handles authentication and secure remote access.": (MATRIX,),
    "Allows user to view live feed, browse events, and configure alerts.": (
        "tests/e2e/test_demo.py::test_the_live_page_shows_a_moving_picture",
        f"{PAGES}events_are_filtered_and_paged_by_links",
        f"{API}alerts/test_alerts_page.py::test_thresholds_are_set_and_shown_in_the_readers_unit",
    ),
    "Automatic API documentation generation": (
        f"{API}test_problems.py::test_the_documentation_loads_nothing_from_elsewhere",
        f"{API}test_schemathesis.py::test_an_owner_is_answered_as_the_document_says",
    ),
    "Progressive Web App (PWA) capabilities for mobile-like experience": (
        f"{API}pages/test_installable.py::test_the_browser_objects_to_a_poor_manifest_but_not_to_ours",
    ),
    "**Token-based authentication**: JWT or similar for stateless authentication": (
        f"{API}access/test_devices.py::test_a_script_logs_in_for_half_an_hour",
    ),
    "**Health monitoring**: Built-in health checks and system monitoring": (
        f"{API}test_health.py::test_health_names_every_part",
        f"{API}metrics/test_counted.py::test_requests_are_counted_by_route_method_and_status",
    ),
    "**Graceful degradation**: System continues basic operation even if some components fail": (
        f"{API}limits/test_hanging_store.py::test_a_store_that_hangs_holds_up_nobody_but_who_asks_it",
        f"{PAGES}pages_say_when_the_store_is_away_and_the_journal_still_takes_entries",
    ),
    "Sends alerts to client if no events detected for a configurable period.": (
        f"{ALARMS}test_watch.py::test_a_pet_that_nobody_saw_is_a_mail_with_a_link_to_its_events",
        "tests/influx/test_findings.py::test_a_pet_that_was_not_seen_for_long_is_told",
    ),
    "System should detect and alert if camera or Pi is offline.": (
        "tests/influx/test_findings.py::test_silence_counts_what_never_spoke",
        f"{LIVE}a_camera_that_is_away_is_a_503",
        f"{BROWSER}a_camera_that_is_lost_meanwhile_says_so",
    ),
    "Fallback to basic motion detection if face recognition fails.": (
        f"{DID}test_going.py::test_a_short_stir_is_motion",
    ),
    "local logging continues, remote access resumes when network is restored.": (
        f"{JOURNAL}an_entry_is_accepted_while_the_store_is_away",
    ),
    "Mitigation: continuous model improvement and user feedback.": (
        f"{API}events/test_corrections.py::test_an_event_is_whose_the_owner_says_and_found_by_that",
        f"{API}events/test_corrections.py::test_what_is_no_pet_stays_listed_and_can_be_one_again",
    ),
    "`face_embedding` (for recognition)": (f"{KNOWN}a_track_gets_votes_for_the_pet_it_looks_like",),
    "Identifies pets by face recognition.": (
        f"{KNOWN}cats_taught_on_one_day_are_told_apart_on_another_and_are_unknown_by_night",
    ),
    "Passing by / Moving through camera view": (
        f"{DID}test_going.py::test_one_who_walks_through_is_passing",
    ),
    "Playing (active movement, chasing toys)": (
        f"{DID}test_going.py::test_one_who_dashes_to_and_fro_is_playing",
    ),
    "Sitting / Lying down": (f"{DID}test_resting.py::test_one_who_comes_and_sits_and_goes_is_sitting",),
    "Sleeping / Resting": (f"{DID}test_resting.py::test_one_who_lies_quiet_for_twenty_seconds_sleeps",),
    "Eating / Drinking": (f"{DID}test_places.py::test_one_who_stays_at_a_bowl_and_stirs_eats_or_drinks",),
    "Grooming (licking, scratching)": (
        f"{DID}test_resting.py::test_one_who_stays_and_stirs_for_four_seconds_grooms",
    ),
    "Jumping / Climbing": (f"{DID}test_leaping.py::test_one_who_leaps_onto_something_or_down_from_it_jumps",),
    "Interacting with another pet": (
        f"{DID}test_company.py::test_two_who_stir_close_to_each_other_interact",
    ),
    "Vocalizing (meowing, barking)": (
        "tests/vision/sound/test_voice.py::test_calls_of_pets_are_heard",
        "tests/vision/sound/test_ears.py::test_a_camera_that_hears_a_cat_keeps_the_moment_and_no_sound_of_it",
    ),
    "Entering or leaving a designated area": (
        f"{DID}test_places.py::test_where_one_begins_and_ends_tells_whether_it_came_or_went",
    ),
    "Abnormal behavior (e.g., pacing, distress)": (
        f"{DID}test_pacing.py::test_the_same_way_to_and_fro_five_times_is_pacing",
    ),
    "Absence of movement (for alerting)": (f"{ALERTS}no_event_threshold_is_in_minutes_or_a_length",),
    "Activity heatmaps, health monitoring, and behavior trends.": (
        f"{PETS}where_a_pet_was_is_a_picture",
        f"{API}pets/test_pets_page.py::test_the_week_is_drawn_and_told_in_a_table",
    ),
    "Add more alert types (e.g., abnormal behavior, excessive vocalization).": (
        f"{ALERTS}any_rule_is_set_by_its_name",
    ),
    "Develop a simple client interface (web dashboard) for live video, event logs, and alerts.": (TIDY,),
}

SEEDS: dict[str, Table] = {
    "pet-watch": PET_WATCH,
    "temperature-logger": TEMPERATURE_LOGGER,
    "gas-monitor": GAS_MONITOR,
    "nursery": NURSERY_PROJECT,
    "pet-camera-monitoring": PET_CAMERA,
}
