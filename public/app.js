'use strict';

// The few things on these pages that need a script. Each page reads well without it.

// The address of this server, written into the commands.
function fillInAddress() {
  const { host, hostname, port } = window.location;
  if (!host) return; // opened as a file
  const texts = {
    host,
    hostname: hostname.replace(/^\[|\]$/g, ''), // nc wants an IPv6 address without brackets
    port: port || '80',
  };
  for (const element of document.querySelectorAll('[data-address]')) {
    element.textContent = texts[element.dataset.address];
  }
}

// Pointing at a part of a message lights it up in the text, in the bytes and in the list.
function linkParts() {
  for (const figure of document.querySelectorAll('[data-parts]')) {
    const parts = [...figure.querySelectorAll('[data-part]')];
    const light = (name) => {
      for (const part of parts) part.classList.toggle('on', part.dataset.part === name);
    };
    figure.addEventListener('pointerover', (event) => {
      const part = event.target.closest('[data-part]');
      light(part ? part.dataset.part : null);
    });
    figure.addEventListener('pointerleave', () => light(null));
  }
}

// A copy button for each command. The clipboard is there on a loopback address and over HTTPS.
function addCopyButtons() {
  if (!navigator.clipboard) return;
  for (const block of document.querySelectorAll('.command')) {
    const code = block.querySelector('code');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', `Copy: ${block.dataset.about || 'this command'}`);
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = 'Copied';
      } catch {
        window.getSelection().selectAllChildren(code);
        button.textContent = 'Selected';
      }
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    });
    block.classList.add('has-copy');
    block.append(button);
  }
}

function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function show(output, text, failed = false) {
  output.textContent = text;
  output.classList.toggle('failed', failed);
}

function explainFailure(error) {
  return `No answer: ${error.message}. Is byteglass still listening?`;
}

// The answer as a script sees it: the status, then the body.
async function describe(response) {
  const body = await response.text();
  return `${response.status} ${response.statusText}\n${body}`;
}

// index.html: what the server received from this browser.
function setUpMirror() {
  const button = document.getElementById('mirror');
  if (!button) return;
  const output = document.getElementById('mirror-answer');
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      const response = await fetch('/headers', { cache: 'no-store' });
      show(output, await describe(response), !response.ok);
    } catch (error) {
      show(output, explainFailure(error), true);
    }
  });
}

// form.html: what each body will be, and the button that sends JSON.
function setUpForms() {
  const plain = document.getElementById('plain-message');
  const json = document.getElementById('json-message');
  if (!plain || !json) return;

  const preview = (input, output, encode) => {
    const update = () => {
      const body = encode(input.value);
      show(output, `${body}\n${plural(bytesOf(body), 'byte')}`);
    };
    input.addEventListener('input', update);
    update();
  };
  const encodeJson = (message) => JSON.stringify({ message });
  preview(plain, document.getElementById('plain-body'), (message) => String(new URLSearchParams({ message })));
  preview(json, document.getElementById('json-body'), encodeJson);

  const output = document.getElementById('json-answer');
  const form = document.getElementById('json-form');
  form.querySelector('button').disabled = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      const response = await fetch('/api/echo', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: encodeJson(json.value),
      });
      show(output, await describe(response), !response.ok);
    } catch (error) {
      show(output, explainFailure(error), true);
    }
  });
}

// Line ends and other control characters, made visible.
function visible(text) {
  return text.replace(/[\u0000-\u001f]/g, (control) => String.fromCharCode(0x2400 + control.charCodeAt(0)));
}

// stream.html: each piece of a body as the browser hands it over.
function setUpStream() {
  const rows = document.getElementById('pieces');
  if (!rows) return;
  const status = document.getElementById('stream-status');
  const table = document.getElementById('pieces-table');
  const empty = document.getElementById('pieces-empty');
  const stop = document.getElementById('stop');
  const starts = [...document.querySelectorAll('[data-stream]')];
  let running = null;

  const addRow = (cells) => {
    const row = rows.insertRow();
    cells.forEach((text, column) => {
      const cell = row.insertCell();
      cell.textContent = text;
      cell.className = column < cells.length - 1 ? 'number' : 'text';
    });
  };

  const read = async (address) => {
    running?.abort(); // one at a time: the newest wins
    const control = new AbortController();
    const { signal } = control;
    running = control;
    stop.disabled = false;
    rows.replaceChildren();
    table.hidden = false;
    empty.hidden = true;
    show(status, `GET ${address}: waiting for the first byte`);

    const began = performance.now();
    let last = began;
    let pieces = 0;
    let total = 0;
    const since = (then, now) => `${Math.round(now - then)} ms`;
    const soFar = () => `${plural(total, 'byte')} in ${plural(pieces, 'piece')}`;
    try {
      const response = await fetch(address, { cache: 'no-store', signal });
      if (!response.ok) {
        show(status, `The answer is ${response.status} ${response.statusText}, so there is nothing to read`, true);
        return;
      }
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const now = performance.now();
        pieces += 1;
        total += value.length;
        addRow([String(pieces), since(began, now), since(last, now), String(value.length),
          visible(decoder.decode(value, { stream: true }))]);
        last = now;
        show(status, `${soFar()}, more to come`);
      }
      show(status, `Done: ${soFar()}, ${since(began, performance.now())}`);
    } catch (error) {
      if (running !== control) return; // another run has taken the page over
      if (signal.aborted) show(status, `Stopped after ${soFar()}`);
      else show(status, explainFailure(error), true);
    } finally {
      if (running === control) {
        running = null;
        stop.disabled = true;
      }
    }
  };

  for (const button of starts) {
    button.disabled = false;
    button.addEventListener('click', () => read(button.dataset.stream));
  }
  stop.addEventListener('click', () => running?.abort());
}

// events.html: an event stream, as the browser's own EventSource reads it.
function setUpEvents() {
  const rows = document.getElementById('events');
  if (!rows) return;
  const status = document.getElementById('events-status');
  const text = document.getElementById('events-text');
  const stop = document.getElementById('events-stop');
  let source = null;

  const open = (address) => {
    source?.close(); // one at a time: the newest wins
    rows.replaceChildren();
    text.textContent = '';
    document.getElementById('events-table').hidden = false;
    document.getElementById('events-empty').hidden = true;
    stop.disabled = false;
    show(status, `GET ${address}: waiting for the first event`);
    const began = performance.now();
    let last = began;
    let count = 0;
    let lastId = '';
    const own = new EventSource(address);
    source = own;
    const take = (event) => {
      const now = performance.now();
      count += 1;
      lastId = event.lastEventId;
      const row = rows.insertRow();
      const gap = `${Math.round(now - last)} ms`;
      const cells = [lastId, `${Math.round(now - began)} ms`, gap, `${event.type}: ${visible(event.data)}`];
      cells.forEach((cell, column) => {
        const place = row.insertCell();
        place.textContent = cell;
        place.className = column < cells.length - 1 ? 'number' : 'text';
      });
      text.textContent += JSON.parse(event.data).text;
      last = now;
      show(status, `${plural(count, 'event')}, more to come`);
    };
    own.addEventListener('message', take);
    own.addEventListener('last', take);
    own.addEventListener('error', () => {
      if (source !== own) return;
      if (own.readyState === EventSource.CONNECTING) {
        show(status, `The stream ended after ${plural(count, 'event')}: the browser asks again, with Last-Event-ID: ${lastId}`);
        return;
      }
      stop.disabled = true;
      show(status, count ? `Over: ${plural(count, 'event')}` : 'The answer is no event stream', count === 0);
    });
  };

  for (const button of document.querySelectorAll('[data-events]')) {
    button.disabled = false;
    button.addEventListener('click', () => open(button.dataset.events));
  }
  // A link that ends in #start needs no click.
  if (window.location.hash === '#start') open('/events?count=3&ms=20');
  stop.addEventListener('click', () => {
    source.close();
    stop.disabled = true;
    show(status, 'Closed: the browser does not ask again');
  });
}

// socket.html: a WebSocket to the echo, and what goes to and fro.
function setUpSocket() {
  const rows = document.getElementById('messages');
  if (!rows) return;
  const status = document.getElementById('socket-status');
  const text = document.getElementById('socket-text');
  const needs = ['socket-text', 'socket-send', 'socket-binary', 'socket-close'].map((id) => document.getElementById(id));
  const again = document.getElementById('socket-open');
  let socket = null;
  let began = performance.now();
  let count = 0;

  const add = (arrow, bytes, words) => {
    document.getElementById('messages-table').hidden = false;
    document.getElementById('messages-empty').hidden = true;
    count += 1;
    const row = rows.insertRow();
    const cells = [String(count), `${Math.round(performance.now() - began)} ms`, String(bytes), `${arrow} ${words}`];
    cells.forEach((cell, column) => {
      const place = row.insertCell();
      place.textContent = cell;
      place.className = column < cells.length - 1 ? 'number' : 'text';
    });
  };
  const list = (arrow, data) => {
    if (typeof data === 'string') add(arrow, bytesOf(data), visible(data));
    else add(arrow, data.byteLength, plural(data.byteLength, 'byte'));
  };
  const setOpen = (open) => {
    for (const element of needs) element.disabled = !open;
    again.disabled = open;
  };

  const open = () => {
    again.disabled = true;
    began = performance.now();
    show(status, 'GET /ws/echo: waiting for 101');
    const url = new URL('/ws/echo', window.location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      show(status, 'Open');
      setOpen(true);
    });
    socket.addEventListener('message', (event) => list('←', event.data));
    socket.addEventListener('close', (event) => {
      const reason = event.reason ? `: ${event.reason}` : '';
      show(status, `Closed with code ${event.code}${reason}`, event.code !== 1000);
      setOpen(false);
    });
  };
  const send = (data) => {
    socket.send(data);
    list('→', data);
  };

  document.getElementById('socket-form').addEventListener('submit', (event) => {
    event.preventDefault();
    send(text.value);
  });
  document.getElementById('socket-binary').addEventListener('click', () => send(new ArrayBuffer(65536)));
  document.getElementById('socket-close').addEventListener('click', () => socket.close(1000));
  again.addEventListener('click', open);
  open();
}

fillInAddress();
linkParts();
addCopyButtons();
setUpMirror();
setUpForms();
setUpStream();
setUpEvents();
setUpSocket();
