/* Runs in the page of Chromium's developer tools: imports the HAR file and compares the requests of the Network panel
   with what there is. One line each: what, tab, result. */
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const text = base64 => new TextDecoder().decode(bytes(base64));
const base64 = async data => {
  if (!data.isTextContent) return data.base64;
  return btoa(String.fromCharCode(...new TextEncoder().encode(data.text)));
};
const HAR = await import('./models/har/har.js');
const log = new HAR.HARFormat.HARRoot(JSON.parse(text(har64))).log;
const requests = HAR.Importer.Importer.requestsFromHARLog(log);
const truth = text(truth64).replace(/\n$/, '').split('\n').map(line => line.split('\t'));
const lines = [`entries\t${requests.length === truth.length ? 'ok' : `failed: ${requests.length} of ${truth.length}`}`];
for (const [index, [what, method, target, status, content, body]] of truth.entries()) {
  const request = requests[index], found = [];
  if (request.requestMethod !== method) found.push(request.requestMethod);
  if (!request.url().endsWith(target)) found.push(request.url());
  if (!URL.canParse(request.url())) found.push('no URL');
  const known = status !== '*';
  if (known && String(request.statusCode) !== status) found.push(request.statusCode);
  const data = await request.requestContentData();
  if (known && (data.error || await base64(data) !== content)) found.push('other content');
  if (!(request.endTime >= request.startTime)) found.push('times');
  const sent = await request.requestFormData() || '';
  const isText = !/[^\t\r\n -~]/.test(atob(body));
  if (sent !== (isText ? atob(body) : '')) found.push('other body');
  const left = body && !isText ? 'ok; the body is left out, and its comment says so' : 'ok';
  lines.push(`${what}\t${found.length ? 'failed: ' + found.join(', ') : left}`);
}
return lines.join('\n');
