-- vouchers: the rows of a generated voucher export, one per number from 0, by integer arithmetic alone.
-- Grain: one row per written line. Bound by set variable: fund_name, year, rows, dirty (rows per thousand),
-- cents_per_row, places (which release each of a few thousand slots pays from). Reads the table releases (place from 0).
-- Reason: views, so that the export streams out of COPY and never stands in memory.

-- What kind of line each number is: the dirty ones of a block of a thousand lie at even distances.
create view kinds as
with
lines as (
    select
        range as line,
        range % 1000 as position,
        range // 1000 as block
    from range(getvariable('rows')::bigint)
),

slots as (
    select
        line,
        block,
        position * getvariable('dirty')::bigint // 1000 as slot,
        position > 0
        and position * getvariable('dirty')::bigint // 1000 <> (position - 1) * getvariable('dirty')::bigint // 1000 as is_dirty
    from lines
)

select
    line,
    case when is_dirty then ['repeated', 'void', 'refund', 'other_fund', 'next_year'][((block + slot) % 5 + 1)::integer]
        else 'paid' end as kind
from slots;

-- A repeated line says what the line before it said; a refund is about the payment on the line before it.
create view numbered as
with
about as (
    select
        kind,
        case when kind = 'repeated' then line - 1 else line end as voucher,
        case when kind in ('repeated', 'refund') then line - 1 else line end as payment
    from kinds
),

amounts as (
    select
        kind,
        voucher,
        payment,
        getvariable('cents_per_row')::bigint * (50 + hash(payment) % 100)::bigint // 100 + (hash(payment) % 89)::bigint + 1 as paid_cents
    from about
)

select
    kind,
    voucher,
    payment,
    kind = 'repeated' as repeated,
    kind in ('paid', 'refund') as counts,
    case when kind = 'refund' then -(paid_cents // 10 + 1) else paid_cents end as cents,
    getvariable('places')[(hash(payment + 3) % len(getvariable('places')))::integer + 1] as place,
    (hash(payment + 1) % 360)::integer as day
from amounts;

create view written as
with
dated as (
    select
        *,
        make_date(getvariable('year')::bigint + (kind = 'next_year')::bigint, 1, 1)
        + case when kind = 'next_year' then day % 20 when kind = 'refund' then day + 3 else day end as paid_on
    from numbered
)

select
    getvariable('year') || lpad((dated.voucher * 2654435761 % 4294967296)::text, 10, '0') as voucher_no,
    case when dated.payment % 2 = 0 then strftime(dated.paid_on, '%Y-%m-%d') else strftime(dated.paid_on, '%Y/%m/%d') end as paid_on,
    releases.unit_code,
    releases.unit_name,
    case when dated.kind = 'other_fund' then 'BM' || getvariable('year') || '-' || dated.payment % 50 else releases.project_code end as project_code,
    case when dated.kind = 'other_fund' then '日常公用支出' else releases.project_name end as project_name,
    case when dated.kind = 'other_fund' then '部门日常经费' else getvariable('fund_name') end as fund_name,
    '2010399' as function_code,
    '50502' as economic_code,
    case when dated.payment % 3 = 0 then '财政直接支付' else '财政授权支付' end as payment_method,
    '一般公共预算资金' as fund_nature,
    releases.quota_doc_no,
    ['青禾软件有限公司', '白桦网络有限公司', '松果数据有限公司', '云杉监理有限公司', '蓝鲸检测有限公司'][(dated.payment % 5 + 1)::integer] as payee_name,
    '6299' || lpad((hash(dated.payment + 2) % 1000000000000000)::text, 15, '0') as payee_account,
    '样例银行' || ['东城', '西城', '南城', '北城'][(dated.payment % 4 + 1)::integer] || '支行' as payee_bank,
    case when dated.cents < 0 then '-' else '' end
    || format('{:,}', abs(dated.cents) // 100) || '.' || lpad((abs(dated.cents) % 100)::text, 2, '0') as amount,
    case
        when dated.kind = 'refund' then '户名有误退回'
        when dated.kind = 'other_fund' then '办公经费'
        else releases.project_name || ['首付款', '进度款', '验收款', '尾款'][(dated.payment % 4 + 1)::integer]
    end as purpose,
    case dated.kind when 'void' then '作废' when 'refund' then '退款' else '已支付' end as status,
    case
        when dated.kind = 'refund'
            then getvariable('year') || lpad((dated.payment * 2654435761 % 4294967296)::text, 10, '0')
    end as original_voucher_no
from dated
inner join releases on dated.place = releases.place;
