/// The profiles that reports are measured against, as JSON. One that reports have named is not edited: its next version is another file.
package let reportProfiles: [[UInt8]] = [
  PackageResources.eu_annex_iv_1_json, PackageResources.us_mrm_1_json, PackageResources.bcbs_239_1_json,
  PackageResources.us_21_cfr_11_1_json, PackageResources.gdpr_erasure_1_json,
]
