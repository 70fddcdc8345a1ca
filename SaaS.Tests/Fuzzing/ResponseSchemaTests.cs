using System.Text.Json;

namespace SaaS.Tests.Fuzzing;

/// <summary>Tests that the response checks find faults; otherwise the fuzzing would prove nothing.</summary>
public sealed class ResponseSchemaTests
{
    private const string Document = """
        {
          "components": {
            "schemas": {
              "Person": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {
                  "id": { "type": "string", "format": "uuid" },
                  "name": { "type": "string" },
                  "age": { "type": ["null", "integer"], "format": "int32" },
                  "role": { "enum": ["viewer", "admin"] },
                  "since": { "type": "string", "format": "date-time" },
                  "friends": { "type": "array", "items": { "$ref": "#/components/schemas/Person" } },
                  "boss": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Person" }] },
                  "tags": { "type": "object", "additionalProperties": { "type": "integer" } }
                }
              }
            }
          }
        }
        """;

    [Theory]
    [InlineData("{}")]
    [InlineData(""" "age": 3, "role": "admin", "since": "2026-01-02T03:04:05.6Z" """)]
    [InlineData(""" "age": null, "friends": [], "boss": null, "tags": {"a": 1} """)]
    [InlineData(
        """ "friends": [{"id": "01a21887-8649-72e4-b70d-aad931d2fd7d", "name": "b"}], "boss": {"id": "01a21887-8649-72e4-b70d-aad931d2fd7d", "name": "c"} """
    )]
    public void A_response_that_matches_the_schema_is_valid(string fields) => Assert.Null(FindFault(fields));

    [Theory]
    [InlineData(""" "age": "3" """, "String instead of null or integer")]
    [InlineData(""" "age": 3.5 """, "Number instead of null or integer")]
    [InlineData(""" "role": "owner" """, "is none of")]
    [InlineData(""" "since": "2026-01-02T03:04:05+00:00" """, "no time in UTC")]
    [InlineData(""" "friends": [{"name": "b"}] """, "'id' is missing")]
    [InlineData(""" "friends": [{"id": "b", "name": "b"}] """, "no UUID")]
    [InlineData(""" "boss": {"id": "01a21887-8649-72e4-b70d-aad931d2fd7d", "name": null} """, "Null instead of string")]
    [InlineData(""" "tags": {"a": "1"} """, "String instead of integer")]
    [InlineData(""" "password_hash": "x" """, "'password_hash' is not declared")]
    public void A_response_that_violates_the_schema_is_reported(string fields, string fault) =>
        Assert.Contains(fault, FindFault(fields), StringComparison.Ordinal);

    private static string? FindFault(string fields)
    {
        var document = JsonDocument.Parse(Document).RootElement;
        var more = fields is "{}" ? "" : $",{fields}";
        var value = JsonDocument.Parse($$"""{"id": "01a21887-8649-72e4-b70d-aad931d2fd7d", "name": "a"{{more}}}""").RootElement;
        return new ResponseSchema(document).FindFault(
            document.GetProperty("components").GetProperty("schemas").GetProperty("Person"),
            value
        );
    }
}
