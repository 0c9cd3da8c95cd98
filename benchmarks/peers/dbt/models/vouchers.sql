-- vouchers: the export with its types.
-- Grain: one row per data row. Reason: what dbt covers of reading; it has no preamble, no rejects, no places of rows.
with
raw as (
    select *
    from read_csv(
        '{{ var("source") }}', header = true, skip = {{ var("skip") }}, all_varchar = true, delim = ',', quote = '"',
        strict_mode = false
    )
)

select
    "支付凭证号" as voucher_no,
    replace("支付日期", '/', '-')::date as paid_on,
    "预算单位编码" as unit_code,
    "预算单位名称" as unit_name,
    "项目编码" as project_code,
    "项目名称" as project_name,
    "专项资金名称" as fund_name,
    "支出功能分类" as function_code,
    "政府预算经济分类" as economic_code,
    "支付方式" as payment_method,
    "资金性质" as fund_nature,
    "指标文号" as quota_doc_no,
    "收款人名称" as payee_name,
    "收款人账号" as payee_account,
    "收款人开户行" as payee_bank,
    replace("支付金额(元)", ',', '')::decimal(18, 2) as amount_yuan,
    "用途" as purpose,
    "凭证状态" as voucher_status,
    "原凭证号" as original_voucher_no
from raw
where "支付凭证号" <> '合计'
