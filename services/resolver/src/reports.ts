/**
 * What the local DNS server tells the observatory: its clients' queries and its responses to them, and its own queries
 * to servers and their responses (server/upstream.ts), whose cause is the client's exchange; `dns.silence` where no
 * response came. The reason of a response tells what was learnt: "the root says: com is served by ns.nic.com".
 */
export { queryReport, responseReport } from '#shared/host/dns/request-report.ts';
