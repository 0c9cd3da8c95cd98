-- payees_share_account: payments to several payee names went to one account.
-- Grain: one row per account.
-- Law: 政府采购法 art. 25 (no collusion), 会计法 art. 14 (entries rest on checked vouchers).
-- Reason: a supplier that appears under two names may compete with itself. Neither account nor names are told: the
-- vouchers lead to them.
with
projects as (
    select project_code from public_projects()
),

counted as (
    select * from counted_given('staging.vouchers', 'shared.uncounted_vouchers', $first_day, $last_day)
    where
        payee_account is not null
        and payee_name is not null
        and hash(payee_account) in (select suspects.account_hash from shared.suspect_accounts as suspects)
),

twice_named as (
    select
        counted.payee_account,
        count(distinct counted.payee_name) as names,
        count(*) as vouchers,
        sum(counted.amount_yuan) as paid_yuan,
        min(counted.voucher_no) as first_voucher_no,
        min_by(counted.payee_name, counted.voucher_no) as first_name,
        first_place(counted.source_file, counted.source_sheet, counted.source_row) as place
    from counted
    inner join projects using (project_code)
    group by counted.payee_account
    having count(distinct counted.payee_name) > 1
),

others as (
    select
        twice_named.payee_account,
        min(counted.voucher_no) as other_voucher_no
    from twice_named
    inner join counted on twice_named.payee_account = counted.payee_account and twice_named.first_name != counted.payee_name
    group by twice_named.payee_account
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    twice_named.names || '个收款人名称' as found,
    '一个账号对应一个收款人' as expected,
    (twice_named.names - 1)::decimal(18, 2) as difference,
    '个' as difference_unit,
    twice_named.first_voucher_no as identity,
    '同一收款账号对应' || twice_named.names || '个收款人名称,涉及' || twice_named.vouchers || '笔共' || wan_text(twice_named.paid_yuan)
    || '万元,见凭证' || twice_named.first_voucher_no || '和' || others.other_voucher_no as detail,
    null::varchar as law,
    twice_named.place.file as source_file,
    twice_named.place.sheet as source_sheet,
    twice_named.place.row as source_row
from twice_named
inner join others using (payee_account)
order by twice_named.first_voucher_no
