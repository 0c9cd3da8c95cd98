-- split_payments: a unit pays one payee several round sums, each just under the procurement limit, together over it.
-- Grain: one row per unit and payee.
-- Law: 政府采购法 art. 64 (purchase by the prescribed procedure); art. 28 and 实施条例 art. 28 (no splitting), whose measure is the
-- higher 公开招标数额标准.
-- Reason: round is a multiple of $round_sum_yuan; just under is from $near_limit_pct % of $procurement_limit_yuan up to
-- it. Payees are not named: the vouchers lead to them.
with
projects as (
    select project_code from public_projects()
),

counted as (
    select
        *,
        $procurement_limit_yuan::decimal(18, 2) as limit_yuan
    from counted_given('staging.vouchers', 'shared.uncounted_vouchers', $first_day, $last_day)
    where
        voucher_status = 'paid'
        and payee_name is not null
        and amount_yuan * 100 >= $procurement_limit_yuan::decimal(18, 2) * $near_limit_pct::decimal(7, 2)
        and amount_yuan < $procurement_limit_yuan::decimal(18, 2)
        and amount_yuan % $round_sum_yuan::decimal(18, 2) = 0
),

grouped as (
    select
        counted.unit_name,
        counted.payee_name,
        counted.limit_yuan,
        count(*) as vouchers,
        sum(counted.amount_yuan) as paid_yuan,
        min(counted.paid_on) as first_paid_on,
        max(counted.paid_on) as last_paid_on,
        min(counted.voucher_no) as first_voucher_no,
        array_to_string(list_sort(list(counted.voucher_no))[1:5], '、') as numbers,
        first_place(counted.source_file, counted.source_sheet, counted.source_row) as place
    from counted
    inner join projects using (project_code)
    group by counted.unit_name, counted.payee_name, counted.limit_yuan
    having count(*) > 1 and sum(counted.amount_yuan) >= counted.limit_yuan
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    vouchers || '笔共' || wan_text(paid_yuan) || '万元' as found,
    '合计不超过采购限额' || wan_text(limit_yuan) || '万元' as expected,
    (paid_yuan - limit_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    first_voucher_no as identity,
    unit_name || '在' || iso_day(first_paid_on) || '至' || iso_day(last_paid_on) || '向同一收款人支付' || vouchers
    || '笔略低于采购限额的整数金额共' || wan_text(paid_yuan) || '万元,采购限额' || wan_text(limit_yuan) || '万元,见凭证' || numbers
    || case when vouchers > 5 then '等' else '' end as detail,
    null::varchar as law,
    grouped.place.file as source_file,
    grouped.place.sheet as source_sheet,
    grouped.place.row as source_row
from grouped
order by first_voucher_no
