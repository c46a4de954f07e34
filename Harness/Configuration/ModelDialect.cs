using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Harness.Configuration;


