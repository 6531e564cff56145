// A microphone where the browser listens (Web Speech API); elsewhere the keyboard's own dictation does.

const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
const form = document.getElementById("said");
const button = document.getElementById("mic");

const TROUBLE = {
  "not-allowed": "The browser may not use the microphone here. Type it, or allow it in the address bar.",
  "service-not-allowed": "This browser does not listen. Type it, or use the keyboard's microphone.",
  "audio-capture": "There is no microphone. Type it.",
  network: "The browser's speech service cannot be reached. Type it, or use the keyboard's microphone.",
  "no-speech": "Nothing was heard. Tap and say it again.",
};

if (form && Recognition && window.isSecureContext) listenTo(new Recognition());

function listenTo(ear) {
  const field = form.elements.namedItem("text");
  const words = document.getElementById("mic-words");
  let heard = false;

  ear.lang = "en-US";
  ear.interimResults = true;
  button.hidden = false;
  say("Some browsers send what they hear to their maker to understand it; Hutch keeps only the words.");

  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") return ear.stop();
    heard = false;
    field.value = "";
    ear.start();
  });
  ear.addEventListener("start", () => listening(true));
  ear.addEventListener("result", (event) => {
    const results = [...event.results];
    field.value = results.map((result) => result[0].transcript).join(" ").trim();
    heard = results.every((result) => result.isFinal) && field.value !== "";
  });
  ear.addEventListener("error", (event) => {
    heard = false;
    say(TROUBLE[event.error] ?? "That was not understood. Tap and say it again.");
  });
  ear.addEventListener("end", () => {
    listening(false);
    if (heard) form.requestSubmit();
  });

  function listening(on) {
    button.setAttribute("aria-pressed", String(on));
    button.setAttribute("aria-label", on ? "Stop listening" : "Speak");
    if (on) say("Listening: “120 ml milk”, “half a banana”.");
  }

  function say(text) {
    words.hidden = false;
    words.textContent = text;
  }
}
