/** Where the stories find the built page. Another port lets two checkouts, or two people, run them side by side. */
const port = Number(process.env.PARE_PORT ?? 4174);
/** The folder that was built. */
export const DIST = process.env.PARE_DIST ?? 'dist';
/** A host that sends the headers of isolation. */
export const HOST = `http://localhost:${port}`;
/** One that sends none, as many static hosts do not. */
export const PLAIN_HOST = `http://localhost:${port + 1}`;
export const PORTS = { host: port, plain: port + 1 };
