// Tells in plain words what is wrong with the microphone, before and after it was started.
//
// streamlit-webrtc shows the browser's own error ("NotAllowedError: Permission denied") inside its
// frame and does not tell Python. The frame comes from this server, so its alerts can be read here.

const WORDS = {
  NotAllowedError:
    "This page may not use the microphone. Allow it in the browser (at the left end of the address " +
    "line), then press Start again.",
  NotFoundError: "No microphone was found. Plug one in, then press Start again.",
  NotReadableError:
    "The microphone cannot be opened; another program may be using it. Close that program, then " +
    "press Start again.",
  OverconstrainedError:
    "The chosen microphone is not there any more. Choose another one, then press Start again.",
};
const ELSE = " Without it, use Record or Upload instead.";
const FRAME = 'iframe[title="streamlit_webrtc.component.webrtc_streamer"]';
const LOOK_EVERY_MS = 500;

function startProblem() {
  const page = document.querySelector(FRAME)?.contentDocument;
  const alert = page?.querySelector('[role="alert"]');
  if (!alert) return null;
  alert.style.display = "none"; // said in plain words instead
  const name = alert.textContent.split(":")[0].trim();
  // Its other alert is about a slow connection, of which Python knows more.
  return name.endsWith("Error") ? WORDS[name] ?? "The microphone could not be started." : null;
}

async function knownProblem() {
  if (!navigator.mediaDevices) return "This browser cannot use a microphone on this page.";
  const permission = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
  if (permission?.state === "denied") return WORDS.NotAllowedError;
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.some(({ kind }) => kind === "audioinput") ? null : WORDS.NotFoundError;
}

export default function ({ parentElement }) {
  const line = parentElement.querySelector("[role=alert]");
  const look = async () => {
    const problem = startProblem() ?? (await knownProblem());
    const text = problem ? problem + ELSE : "";
    if (line.textContent !== text) line.textContent = text;
    line.hidden = !text;
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
