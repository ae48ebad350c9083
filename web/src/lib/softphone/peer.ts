/** The sound of one call: microphone, one RTCPeerConnection with PCMA or PCMU, an audio element, and how loud it is. */
const lostMs = 3000;
const wanted = ['audio/pcma', 'audio/pcmu', 'audio/telephone-event'];

export interface PeerHooks {
  onCandidate: (candidate: RTCIceCandidate) => void;
  onUp: () => void;
  /** The way to the server is lost: offer anew. */
  onLost: () => void;
}

export interface Peer {
  readonly isUp: boolean;
  offer: () => Promise<string>;
  answer: (sdp: string) => Promise<void>;
  mute: (muted: boolean) => void;
  /** 0 to 1: what is said, what is heard. */
  levels: () => [number, number];
  close: () => void;
}

function meter(context: AudioContext, stream: MediaStream) {
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return () => {
    analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
  };
}

function sink(): HTMLAudioElement {
  const found = document.querySelector<HTMLAudioElement>('audio[data-softphone]');
  if (found) return found;
  const made = document.createElement('audio');
  made.dataset.softphone = '';
  made.autoplay = true;
  document.body.append(made);
  return made;
}

/** Asks for the microphone and prepares a connection. Throws if there is no microphone or the person refuses it. */
export async function openPeer(hooks: PeerHooks): Promise<Peer> {
  const said = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
  const [microphone] = said.getAudioTracks();
  if (!microphone) throw new Error('no microphone');
  const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  const context = new AudioContext();
  const heard = new MediaStream();
  const saidLevel = meter(context, said);
  let heardLevel = () => 0;
  let lost: ReturnType<typeof setTimeout> | undefined;

  const transceiver = connection.addTransceiver(microphone, { direction: 'sendrecv' });
  const codecs = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
  transceiver.setCodecPreferences(wanted.flatMap((type) => codecs.filter((codec) => codec.mimeType.toLowerCase() === type && codec.clockRate === 8000)));
  connection.ontrack = ({ track }) => {
    heard.addTrack(track);
    sink().srcObject = heard;
    heardLevel = meter(context, heard);
  };
  connection.onicecandidate = ({ candidate }) => { if (candidate) hooks.onCandidate(candidate); };
  connection.onconnectionstatechange = () => {
    clearTimeout(lost);
    const state = connection.connectionState;
    if (state === 'connected') hooks.onUp();
    if (state === 'failed') hooks.onLost();
    if (state === 'disconnected') lost = setTimeout(hooks.onLost, lostMs);
  };
  return {
    get isUp() { return connection.connectionState === 'connected'; },
    offer: async () => {
      await connection.setLocalDescription(await connection.createOffer());
      return connection.localDescription?.sdp ?? '';
    },
    answer: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
    mute: (muted) => { microphone.enabled = !muted; },
    levels: () => [saidLevel(), heardLevel()],
    close: () => {
      clearTimeout(lost);
      connection.onconnectionstatechange = null;
      connection.close();
      said.getTracks().forEach((track) => track.stop());
      void context.close();
    },
  };
}
