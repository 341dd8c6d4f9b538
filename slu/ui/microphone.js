// Tells in plain words what is wrong with the microphone, before and after it was started.
//
// streamlit-webrtc shows the browser's own error ("NotAllowedError: Permission denied") inside its
// frame and does not tell Python. The frame comes from this server, so its alerts can be read here.
// Python gives the words: name of an error -> what is told of it.

const FRAME = 'iframe[title="streamlit_webrtc.component.webrtc_streamer"]';
const LOOK_EVERY_MS = 500;

function startProblem() {
  const page = document.querySelector(FRAME)?.contentDocument;
  const alert = page?.querySelector('[role="alert"]');
  if (!alert) return null;
  alert.style.display = "none"; // said in plain words instead
  const name = alert.textContent.split(":")[0].trim();
  // Its other alert is about a slow connection, of which Python knows more.
  return name.endsWith("Error") ? name : null;
}

async function knownProblem() {
  if (!navigator.mediaDevices) return "NotSupportedError";
  const permission = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
  if (permission?.state === "denied") return "NotAllowedError";
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.some(({ kind }) => kind === "audioinput") ? null : "NotFoundError";
}

export default function ({ parentElement, data: words }) {
  const line = parentElement.querySelector("[role=alert]");
  const look = async () => {
    const problem = startProblem() ?? (await knownProblem());
    const text = problem ? words[problem] ?? words.Error : "";
    if (line.textContent !== text) line.textContent = text;
    line.hidden = !text;
  };
  look();
  // Words that come anew take over from those before.
  clearInterval(line.timer);
  line.timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(line.timer);
}
