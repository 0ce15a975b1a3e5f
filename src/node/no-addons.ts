/**
 * Imported before `ws`, which loads native helpers where somebody else has installed them: no native code that this
 * program did not choose sees a stranger's bytes.
 */
process.env['WS_NO_BUFFER_UTIL'] = '1';
process.env['WS_NO_UTF_8_VALIDATE'] = '1';
