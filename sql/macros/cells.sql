-- Macros that read one cell of an office's export: text in, typed value or NULL out.
-- Every reader of cells goes through these, whatever the file was, so that a workbook and a CSV mean the same.
-- A macro never raises: NULL for a filled cell is what the ingest turns into a problem that names the cell.
-- Cells already as they should be (most of millions) are told by one cheap pattern and spared the rest, which gives the same.

-- Text of a cell: outer blanks, no-break and zero-width characters dropped; NULL where nothing is left.
create or replace macro cell_text(x) as
case
    when regexp_full_match(x, '[!-~]+') then x
    else nullif(trim(regexp_replace(x, '[\s\x{00A0}\x{200B}-\x{200F}\x{2060}\x{3000}\x{FEFF}]+', ' ', 'g')), '')
end;

-- The same with full-width digits and punctuation as ASCII and no blanks at all, for parsing.
create or replace macro cell_ascii(x) as
case
    when regexp_full_match(x, '[!-~]+') then x
    else
        nullif(
            regexp_replace(
                translate(
                    x,
                    '０１２３４５６７８９．，－−—–（）／：％＋￥＝＞＜',
                    '0123456789.,----()/:%+¥=><'
                ),
                '[\s\x{00A0}\x{200B}-\x{200F}\x{2060}\x{3000}\x{FEFF}]+',
                '',
                'g'
            ),
            ''
        )
end;

-- Identifier (document number, voucher number, code): full-width to ASCII, no blanks, brackets unified.
create or replace macro cell_code(x) as
case
    when regexp_full_match(x, '[0-9A-Za-z._/-]+') then x
    else translate(cell_ascii(x), '[]［］【】', '〔〕〔〕〔〕')
end;

-- A cell that holds a spreadsheet error instead of a value.
create or replace macro is_cell_error(x) as
coalesce(contains(x, '#') and regexp_matches(x, '^\s*#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|未计算)'), false);

-- Amount text without currency mark, unit and separators; accounting brackets become a minus sign.
create or replace macro amount_digits(x) as
regexp_replace(
    regexp_replace(
        regexp_replace(regexp_replace(x, '^(人民币|RMB|CNY)', ''), '[¥￥$]', '', 'g'),
        '^\((.+)\)$',
        '-\1'
    ),
    '(亿元|万元|元|亿|万)$',
    ''
);

-- Factor to 元 that the cell itself states, NULL where it states none.
create or replace macro amount_unit(x) as
case
    when regexp_matches(x, '亿元?\)?$') then 100000000
    when regexp_matches(x, '万元?\)?$') then 10000
    when regexp_matches(x, '元\)?$') then 1
end;

-- Digits of a plain or a correctly grouped number, without the separators; NULL for anything else.
-- A leading = is a spreadsheet formula that is a bare number.
create or replace macro plain_number(x) as
case
    when regexp_full_match(x, '=?[-+]?\d{1,15}(\.\d{1,10})?|=?[-+]?\.\d{1,10}') then ltrim(x, '=+')
    when regexp_full_match(x, '=?[-+]?\d{1,3}(,\d{3}){1,4}(\.\d{1,10})?') then replace(ltrim(x, '=+'), ',', '')
end;

-- Exact value in 元, with all its decimals, of an amount as cell_ascii gives it. factor is that of the column, the
-- cell's own unit wins.
create or replace macro ascii_amount(x, factor) as
try_cast(plain_number(amount_digits(x)) as decimal(28, 10)) * coalesce(amount_unit(x), factor)::integer;

create or replace macro exact_amount(x, factor) as
ascii_amount(cell_ascii(x), factor);

-- Amount in 元 of a cell that is as it should be; NULL where it takes ascii_amount to read it.
create or replace macro plain_amount(x, factor) as
case
    when regexp_full_match(x, '-?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,2})?')
        then try_cast(try_cast(replace(x, ',', '') as decimal(18, 2)) * factor::integer as decimal(18, 2))
end;

-- Amount in 元 from its two readings; NULL where it is no amount or is finer than a cent.
create or replace macro read_amount(plain, exact) as
coalesce(plain, case when exact = round(exact, 2) then try_cast(exact as decimal(18, 2)) end);

create or replace macro parse_amount(x, factor) as
read_amount(plain_amount(x, factor), exact_amount(x, factor));

-- Number with up to four decimals; a trailing % or unit in words is the column's matter and dropped.
create or replace macro parse_number(x) as
try_cast(plain_number(regexp_replace(cell_ascii(x), '(%|[\x{4E00}-\x{9FFF}]+(\([\x{4E00}-\x{9FFF}]+\))?)$', '')) as decimal(18, 4));

create or replace macro parse_points(x) as
try_cast(plain_number(regexp_replace(cell_ascii(x), '分$', '')) as decimal(6, 2));

create or replace macro parse_integer(x) as
try_cast(regexp_extract(cell_ascii(x), '^(-?\d{1,9})(\.0+)?年?度?$', 1) as integer);

-- Day and time without blanks, a T where the time of day begins.
create or replace macro day_text(x) as
regexp_replace(
    regexp_replace(translate(trim(x), '０１２３４５６７８９．－／：', '0123456789.-/:'), '\s+(\d{1,2}:)', 'T\1'),
    '\s+',
    '',
    'g'
);

-- yyyy-mm-dd of the usual ways to write a day; '' where it is none of them.
create or replace macro date_digits(x) as
case
    when regexp_full_match(x, '\d{8}')
        then regexp_replace(x, '^(\d{4})(\d{2})(\d{2})$', '\1-\2-\3')
    when
        regexp_matches(x, '^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ]?\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?$')
        or regexp_matches(x, '^\d{4}年\d{1,2}月\d{1,2}[日号]?(T?\d{1,2}:\d{1,2}(:\d{1,2})?)?$')
        then
            regexp_extract(x, '^(\d{4})', 1)
            || '-' || lpad(regexp_extract(x, '^\d{4}[-/.年](\d{1,2})', 1), 2, '0')
            || '-' || lpad(regexp_extract(x, '^\d{4}[-/.年]\d{1,2}[-/.月](\d{1,2})', 1), 2, '0')
    else ''
end;

-- Day of a cell that is as it should be; NULL where it takes parse_date to read it.
create or replace macro plain_date(x) as
case when regexp_full_match(x, '\d{4}[-/]\d{2}[-/]\d{2}') then try_cast(replace(x, '/', '-') as date) end;

-- Day from what cell_ascii and date_digits make of a cell; a bare number is a spreadsheet's serial day, counted from the
-- day before epoch_one.
create or replace macro read_day(ascii_text, digits, epoch) as
case
    when regexp_full_match(ascii_text, '[2-7]\d{4}(\.\d+)?')
        then epoch::date + try_cast(regexp_extract(ascii_text, '^\d+') as integer)
    else try_cast(nullif(digits, '') as date)
end;

-- Day of a cell.
create or replace macro parse_date(x, epoch) as
coalesce(plain_date(x), read_day(cell_ascii(x), date_digits(day_text(x)), epoch));

-- Moment of a cell: day and time of day, midnight where no time is given.
create or replace macro parse_timestamp(x) as
try_cast(
    nullif(date_digits(day_text(x)), '')
    || ' ' || coalesce(nullif(regexp_extract(translate(x, '０１２３４５６７８９：', '0123456789:'), '(\d{1,2}:\d{1,2}(:\d{1,2})?)', 1), ''), '00:00:00')
    as timestamp
);

-- Duration in seconds: 244秒, 4分12秒, 1小时2分3秒 or a bare number of seconds.
create or replace macro parse_seconds(x) as
case
    when regexp_full_match(cell_ascii(x), '\d{1,7}(\.0+)?秒?') then try_cast(regexp_extract(cell_ascii(x), '^\d+') as integer)
    when regexp_full_match(cell_ascii(x), '(\d{1,3}(小时|时))?(\d{1,4}分钟?)?(\d{1,4}秒)?')
        then
            coalesce(try_cast(regexp_extract(cell_ascii(x), '(\d+)(小时|时)', 1) as integer), 0) * 3600
            + coalesce(try_cast(regexp_extract(cell_ascii(x), '(\d+)分', 1) as integer), 0) * 60
            + coalesce(try_cast(regexp_extract(cell_ascii(x), '(\d+)秒', 1) as integer), 0)
end;

create or replace macro parse_boolean(x) as
case
    when lower(cell_ascii(x)) in ('是', '有', '存在', '已发生', 'y', 'yes', 'true', '√', '1') then true
    when lower(cell_ascii(x)) in ('否', '无', '不存在', '未发生', 'n', 'no', 'false', '×', '0') then false
end;

-- Comparison a target asks for. A bare number is a target to be reached (>=).
create or replace macro target_operator(x) as
case
    when regexp_matches(cell_ascii(x), '^(≥|>=|=>|不少于|不低于|大于等于)|以上$') then '>='
    when regexp_matches(cell_ascii(x), '^(≤|<=|=<|不超过|不高于|小于等于)|以下$|以内$') then '<='
    when regexp_matches(cell_ascii(x), '^>') then '>'
    when regexp_matches(cell_ascii(x), '^<') then '<'
    when regexp_matches(cell_ascii(x), '^=') then '='
    else '>='
end;

create or replace macro target_value(x) as
parse_number(regexp_replace(
    regexp_replace(cell_ascii(x), '^(≥|≤|>=|<=|=>|=<|>|<|=|不少于|不低于|大于等于|不超过|不高于|小于等于)', ''),
    '(以上|以下|以内)$',
    ''
));
