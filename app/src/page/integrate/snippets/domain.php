<?php // PHP 8.1 or later, with the curl extension

const SERVER = '{{ORIGIN}}';
const LICENSE = ['license_key' => 'YOUR-KEY', 'domain' => 'example.com'];
const GRACE_SECONDS = 14 * 24 * 60 * 60;

/** The server's answer, or null if it cannot give one just now. */
function ask(string $path, array $options = []): ?array
{
    $curl = curl_init(SERVER . $path);
    curl_setopt_array($curl, $options + [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 5]);
    $answer = json_decode((string) curl_exec($curl), true);
    // Any other status (429, 5xx, a proxy's 403) says nothing about the license.
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    return in_array($status, [200, 404, 422]) && is_array($answer) ? $answer : null;
}

/** Once, at install. Doing it again on the same domain is harmless. */
function activate(): ?array
{
    return ask('/activate', [
        CURLOPT_POSTFIELDS => json_encode(LICENSE),
        CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
    ]);
}

/** With each request: asks every ten minutes, and in between goes by the last answer. */
function verify(bool $now = false): array
{
    $file = __DIR__ . '/license-' . md5(implode('|', LICENSE)) . '.json';
    $none = ['valid' => false, 'error' => 'unreachable', 'asked' => 0, 'answered' => 0];
    $last = is_file($file) ? json_decode(file_get_contents($file), true) ?? $none : $none;
    if ($now || !$last['valid'] || time() - $last['asked'] > 600) {
        $answer = ask('/verify?' . http_build_query(LICENSE));
        $last = isset($answer['valid']) ? $answer + ['answered' => time()] : $last;
        file_put_contents($file, json_encode(['asked' => time()] + $last), LOCK_EX);
    }
    // An outage must not lock customers out, so the last answer holds for a while.
    return time() - $last['answered'] < GRACE_SECONDS ? $last : $none;
}

echo activate()['message'] ?? 'No answer from the license server.', PHP_EOL;

$verdict = verify(now: true); // as the license may be another since the last time
echo 'The license is ', $verdict['valid'] ? 'valid.' : "not valid: {$verdict['error']}", PHP_EOL;
