/// The schema that this server's facts are shaped by: policies are written in its words.
package let policySchema = PackageResources.moraine_cedarschema

/// The policies that a new catalog begins with.
package let initialPolicies = PackageResources.moraine_cedar
