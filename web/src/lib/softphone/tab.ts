/** Which page this is: a name that outlives a reload and that no copy of the page shares. */
const key = 'cordboard.tab';
const answerMs = 120;

const fresh = () => {
  const name = crypto.getRandomValues(new Uint32Array(2)).join('-');
  sessionStorage.setItem(key, name);
  return name;
};

/** The name of this page. A copy ("duplicate tab") inherits the storage: the original says so, and the copy takes another name. */
export async function tabName(): Promise<string> {
  let name = sessionStorage.getItem(key);
  const channel = new BroadcastChannel('cordboard.softphone');
  const isTaken = name !== null && await new Promise<boolean>((resolve) => {
    channel.onmessage = (event: MessageEvent<{ taken?: string }>) => { if (event.data.taken === name) resolve(true); };
    channel.postMessage({ asks: name });
    setTimeout(() => resolve(false), answerMs);
  });
  if (name === null || isTaken) name = fresh();
  const own = name;
  channel.onmessage = (event: MessageEvent<{ asks?: string }>) => { if (event.data.asks === own) channel.postMessage({ taken: own }); };
  return own;
}
